// The asking side of questions between processes: a deadline on every one, few connections, and one of three outcomes.
import type { Outcome, RefusalCode } from "../../core/base/outcome.ts";
import { REFUSALS, refused, unknown } from "../../core/base/outcome.ts";
import { Agent, httpRequest } from "../http/node-http.ts";
import { collectJson } from "./json-body.ts";
import { parseAddress } from "./peer-address.ts";
import { proofOf } from "./cluster-secret.ts";
import type { PeerNames } from "./peer-names.ts";
import { QUESTION_PATH } from "./peer-questions.ts";

export type Asking = {
  /** host:port */
  readonly address: string;
  readonly question: string;
  readonly body: unknown;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
  /** Where answers may be larger than questions. */
  readonly answerBytesMax?: number;
};

const SOCKETS_PER_PEER_MAX = 4;
const IDLE_MS_MAX = 4_000; // below the server's, so that no question meets a connection that is just being closed

export class PeerAsker {
  readonly #names: PeerNames;
  readonly #proof: Readonly<Record<string, string>>;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_PER_PEER_MAX, maxFreeSockets: 1, timeout: IDLE_MS_MAX });

  /** `clusterSecret`: this process proves itself by it. */
  constructor(names: PeerNames, clusterSecret: string | null = null) {
    this.#names = names;
    this.#proof = proofOf(clusterSecret);
  }

  /** Never rejects. */
  async ask({ address, question, body, deadlineMs, signal, answerBytesMax }: Asking): Promise<Outcome<unknown>> {
    const target = parseAddress(address);
    if (target === null) return refused("badRequest", `${address} is not host:port`);
    const end = AbortSignal.any([AbortSignal.timeout(deadlineMs), ...(signal === undefined ? [] : [signal])]);
    const ip = await this.#names.addressOf(target.host);
    if (end.aborted) return unknown("deadline");
    if (ip === null) return refused("notFound", `no name server knows ${target.host}`);
    return new Promise((resolve) => {
      const headers = { "content-type": "application/json", host: address, ...this.#proof };
      const at = { host: ip, port: target.port, method: "POST", path: QUESTION_PATH + question };
      const request = httpRequest({ ...at, headers, agent: this.#agent, signal: end });
      request.on("response", (response) => {
        const collected = (outcome: Outcome<unknown>): void => {
          if (outcome.kind === "done" && response.statusCode !== 200) resolve(refusalIn(outcome.value));
          else resolve(outcome.kind === "unknown" ? lost(end) : outcome);
        };
        collectJson(response, collected, answerBytesMax);
      });
      request.on("error", () => {
        resolve(lost(end));
      });
      request.end(JSON.stringify(body));
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

const lost = (end: AbortSignal): Outcome<never> => unknown(end.aborted ? "deadline" : "connectionLost");

/** Only what names a known refusal is one: another answer proves nothing about what happened there. */
function refusalIn(answer: unknown): Outcome<never> {
  const error = (answer as { readonly error?: { readonly code?: unknown; readonly message?: unknown; readonly outcome?: unknown } } | null)
    ?.error;
  if (error?.outcome !== "refused" || typeof error.code !== "string" || !Object.hasOwn(REFUSALS, error.code))
    return unknown("connectionLost");
  return refused(error.code as RefusalCode, String(error.message));
}
