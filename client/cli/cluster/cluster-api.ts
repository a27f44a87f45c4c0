// Questions and commands to a cluster's services over HTTP: asks one member after the other until one answers, and turns a
// refusal into a line for a person. Only what can be asked twice goes through here; data has its own client.
import { fieldsOf, parseJson, textOf } from "../json.ts";
import type { Fields } from "../json.ts";
import { CODES, Trouble } from "../trouble.ts";

export type Question = {
  readonly method?: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  readonly token: string | null;
  readonly timeoutMs?: number;
};

export type Answered = { readonly status: number; readonly fields: Fields };

const TIMEOUT_MS = 5_000;

/** Of the first endpoint that answers at all; null: none does. */
export async function askAny(endpoints: readonly string[], question: Question): Promise<Answered | null> {
  for (const endpoint of endpoints) {
    const answered = await askOne(endpoint, question);
    if (answered !== null) return answered;
  }
  return null;
}

export async function askOne(
  endpoint: string,
  { method = "GET", path, body, token, timeoutMs = TIMEOUT_MS }: Question,
): Promise<Answered | null> {
  const headers = {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  };
  try {
    const response = await fetch(new URL(path, endpoint), {
      ...{ method, headers },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, fields: fieldsOf(parseJson(await response.text())) };
  } catch {
    return null;
  }
}

/** What was asked for, or the trouble that kept it from happening. */
export async function demand(endpoints: readonly string[], question: Question): Promise<Fields> {
  const answered = await askAny(endpoints, question);
  if (answered === null) throw new Trouble(`nobody answers at ${endpoints.join(", ")}`, "see what runs: flotilla status");
  if (answered.status < 300) return answered.fields;
  throw refusalOf(answered);
}

export function refusalOf({ status, fields }: Answered): Trouble {
  const error = fieldsOf(fields["error"]);
  const [code, message] = [textOf(error["code"]) ?? `HTTP ${status}`, textOf(error["message"]) ?? "no reason was given"];
  const next = status === 401 || status === 403 ? "set FLOTILLA_TOKEN to the administrator's token" : null;
  return new Trouble(`${code}: ${message}`, next, error["outcome"] === "unknown" ? CODES.unknown : CODES.failed);
}
