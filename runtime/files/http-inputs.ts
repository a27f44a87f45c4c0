// `http:` and `https:` inputs: one file each, from hosts that were allowed. Addresses of this machine's own network segment (link-local: where
// clouds answer questions about the machine and its keys) are never asked, whatever a name or a redirect says.
import { lookup as lookUp } from "node:dns";
import type { LookupFunction } from "node:net";
import { BlockList, isIP } from "node:net";
import type { InputSplit } from "../../core/mapreduce/assignment.ts";
import type { InputFile } from "../../core/mapreduce/report.ts";
import { Agent, request } from "../http/http-client.ts";
import type { Dispatcher } from "../http/http-client.ts";
import { TaskProblem } from "../tasks/task-problem.ts";
import type { InputKind } from "./inputs.ts";
import { packingOf } from "./inputs.ts";

const CONNECT_MS = 5_000;
const SILENCE_MS = 30_000;
const MISSING: readonly number[] = [404, 410];

const linkLocal = new BlockList();
linkLocal.addSubnet("169.254.0.0", 16, "ipv4");
linkLocal.addSubnet("fe80::", 10, "ipv6");

export class HttpInputs implements InputKind {
  /** `name`, `name:port`, or `.name` for all below it. */
  readonly #allowed: readonly string[];
  readonly #dispatcher = new Agent({
    connect: { timeout: CONNECT_MS, lookup: lookUpAllowed },
    headersTimeout: SILENCE_MS,
    bodyTimeout: SILENCE_MS,
  });

  constructor(allowed: readonly string[]) {
    this.#allowed = allowed.map((each) => each.toLowerCase());
  }

  async list(url: string): Promise<readonly InputFile[]> {
    const { headers, body, statusCode } = await this.#ask(url, { method: "HEAD" });
    await body.dump();
    if (statusCode !== 200) throw refused(url, statusCode);
    const length = Number(headers["content-length"] ?? NaN);
    if (!Number.isSafeInteger(length)) throw new TaskProblem("badInput", `${url} does not say how long it is`);
    const { compression, splittable } = packingOf(new URL(url).pathname);
    const hasRanges = headers["accept-ranges"] === "bytes";
    return [{ url, length, etag: textOf(headers["etag"]), nodes: [], compression, splittable: splittable && hasRanges }];
  }

  async *read({ url, etag, fileLength }: InputSplit, from: number): AsyncGenerator<Buffer> {
    const headers = from === 0 ? {} : { range: `bytes=${String(from)}-` };
    const answer = await this.#ask(url, { method: "GET", headers: { ...headers, "accept-encoding": "identity" } });
    if (answer.statusCode !== (from === 0 ? 200 : 206)) {
      await answer.body.dump();
      throw refused(url, answer.statusCode);
    }
    const length = wholeLength(answer, from);
    // Not every server gives its files a mark; all say how long they are.
    const isOther = length !== null && fileLength !== null && length !== fileLength;
    if (isOther || (etag !== null && textOf(answer.headers["etag"]) !== etag)) {
      await answer.body.dump();
      throw new TaskProblem("inputChanged", "it was changed after the job had looked at it", { file: url });
    }
    try {
      for await (const piece of answer.body) yield piece as Buffer;
    } catch (error) {
      throw new TaskProblem("unreachable", `${url}: ${(error as Error).message}`, { cause: error });
    }
  }

  async #ask(
    url: string,
    options: { readonly method: "GET" | "HEAD"; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<Dispatcher.ResponseData> {
    this.#check(url);
    try {
      return await request(url, { ...options, dispatcher: this.#dispatcher });
    } catch (error) {
      if (error instanceof Error && error.cause instanceof TaskProblem) throw error.cause;
      throw new TaskProblem("unreachable", `${url} can't be read: ${(error as Error).message}`, { cause: error });
    }
  }

  #check(url: string): void {
    const parsed = URL.parse(url);
    if (parsed === null || parsed.username !== "" || parsed.password !== "")
      throw new TaskProblem("badUrl", `${url} is no URL that can be read`);
    const { hostname, host } = parsed;
    const isAllowed = this.#allowed.some((each) => each === host || each === hostname || (each.startsWith(".") && hostname.endsWith(each)));
    if (!isAllowed) throw new TaskProblem("badUrl", `${hostname} is not allowed as an input (FLOTILLA_HTTP_INPUTS)`);
    checkAddress(hostname.replace(/^\[|\]$/g, ""));
  }
}

/** A name may lead to any address, and to another one the next time: what is connected to is what was checked. */
const lookUpAllowed: LookupFunction = (hostname, options, answer) => {
  lookUp(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return answer(error, "", 0);
    try {
      for (const { address } of addresses) checkAddress(address);
    } catch (problem) {
      return answer(Object.assign(new Error((problem as Error).message), { cause: problem }), "", 0);
    }
    const [first] = addresses;
    if (options.all === true) answer(null, addresses);
    else answer(null, first?.address ?? "", first?.family ?? 0);
  });
};

function checkAddress(address: string): void {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  const family = isIP(plain);
  if (family === 0) return;
  if (!linkLocal.check(plain, family === 4 ? "ipv4" : "ipv6") && !isMappedLinkLocal(plain)) return;
  throw new TaskProblem("badUrl", `${address} is link-local, which is never an input`);
}

/** An IPv4 address inside of an IPv6 one, in hexadecimal: `::ffff:a9fe:…`. */
function isMappedLinkLocal(address: string): boolean {
  return /^(?:0{0,4}:){1,6}:?ffff:a9fe:/i.test(address);
}

function refused(url: string, status: number): TaskProblem {
  if (MISSING.includes(status)) return new TaskProblem("missingInput", `${url} does not exist`);
  const may = status >= 500 || status === 429;
  return new TaskProblem(may ? "unreachable" : "badInput", `${url} answers ${String(status)}`);
}

/** Of all of it, whatever part the answer has; null: it does not say. */
function wholeLength({ headers }: Dispatcher.ResponseData, from: number): number | null {
  const text = from === 0 ? textOf(headers["content-length"]) : (textOf(headers["content-range"])?.split("/")[1] ?? null);
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}

function textOf(header: string | string[] | undefined): string | null {
  return typeof header === "string" ? header : null;
}
