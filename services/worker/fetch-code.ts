// The bundle of a job file, from any coordinator.
import { Agent, request as send } from "../../runtime/http/http-client.ts";
import { lookUp } from "../../runtime/http/machine-names.ts";

export type CodeSource = { readonly coordinators: readonly string[]; readonly token: string | null };

const ANSWER_MS = 10_000;
const dispatcher = new Agent({ connect: { lookup: lookUp } });

/** Null: there is none. Throws where nobody could say. */
export async function fetchCode({ coordinators, token }: CodeSource, hash: string): Promise<string | null> {
  let trouble: unknown = new Error("there are no coordinators");
  for (const coordinator of coordinators) {
    try {
      const response = await send(
        { origin: coordinator, path: `/v1/code/${hash}` },
        {
          headers: token === null ? {} : { authorization: `Bearer ${token}` },
          signal: AbortSignal.timeout(ANSWER_MS),
          dispatcher,
        },
      );
      const fields = (await response.body.json()) as { readonly code?: unknown };
      if (response.statusCode === 404) return null;
      if (typeof fields.code === "string") return fields.code;
      trouble = new Error(`${coordinator} answered ${response.statusCode}`);
    } catch (error) {
      trouble = error;
    }
  }
  throw trouble;
}
