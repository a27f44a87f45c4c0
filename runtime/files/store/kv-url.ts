// `kv:PREFIX`, percent-encoded where it has to be; and the ranges of keys in which maps read it: `kv:PREFIX#at=…&after=…&upTo=…`.
import { TaskProblem } from "../../tasks/task-problem.ts";

/** Keys behind `after` (all, if null) up to `upTo` (all, if null), under `base`; they are shown as if they began with `prefix`. */
export type KeyRange = {
  readonly prefix: string;
  readonly base: string;
  readonly after: Uint8Array | null;
  readonly upTo: Uint8Array | null;
};

const SCHEME = "kv:";

export function prefixOf(url: string): string {
  const text = url.slice(SCHEME.length);
  if (text.includes("#")) throw new TaskProblem("badUrl", `${url}: # is written %23`);
  const prefix = decoded(text, url);
  if (prefix === "") throw new TaskProblem("badUrl", "kv: needs a prefix: kv:users/");
  return prefix;
}

export function rangeUrl(url: string, { base, after, upTo }: Omit<KeyRange, "prefix">): string {
  const fields = [
    ["at", Buffer.from(base)],
    ["after", after],
    ["upTo", upTo],
  ] as const;
  const given = fields.flatMap(([name, bytes]) => (bytes === null ? [] : [`${name}=${Buffer.from(bytes).toString("base64url")}`]));
  return `${url}#${given.join("&")}`;
}

export function rangeOf(url: string): KeyRange {
  const [plain = "", fragment = ""] = url.split("#");
  const fields = new Map(fragment.split("&").map((each) => each.split("=") as [string, string]));
  const bytes = (name: string): Buffer | null => {
    const text = fields.get(name);
    return text === undefined ? null : Buffer.from(text, "base64url");
  };
  const prefix = prefixOf(plain);
  return { prefix, base: bytes("at")?.toString() ?? prefix, after: bytes("after"), upTo: bytes("upTo") };
}

function decoded(text: string, url: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new TaskProblem("badUrl", `${url}: ${(error as Error).message}; % is written %25`, { cause: error });
  }
}
