// The asking side of questions between processes: a deadline on every one, few connections, and one of three outcomes.
import type { Agent as HttpAgent } from "node:http";
import type { Outcome, RefusalCode } from "../../core/base/outcome.ts";
import { REFUSALS, refused, unknown } from "../../core/base/outcome.ts";
import { Agent, httpRequest } from "../http/node-http.ts";
import { collectJson } from "./json-body.ts";
import { parseAddress } from "./peer-address.ts";
import { proofOf } from "./cluster-secret.ts";
import type { PeerNames } from "./peer-names.ts";
import { QUESTION_PATH } from "./peer-questions.ts";
import { Silence } from "./silence.ts";
import type { PeerTls } from "./tls/peer-tls.ts";

export type Asking = {
  /** host:port */
  readonly address: string;
  readonly question: string;
  readonly body: unknown;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
  /** It ends earlier where nothing comes for so long. While it waits for a connection, what others are answered there counts, too. */
  readonly silenceMs?: number;
  /** Where answers may be larger than questions. They have connections of their own, so that nothing small waits behind them. */
  readonly answerBytesMax?: number;
};

const SOCKETS_PER_PEER_MAX = 4;
const IDLE_MS_MAX = 4_000; // below the server's, so that no question meets a connection that is just being closed
const CLOSED = new Error("closed");

export class PeerAsker {
  readonly #names: PeerNames;
  readonly #proof: Readonly<Record<string, string>>;
  readonly #agents: { readonly small: HttpAgent; readonly large: HttpAgent };
  readonly #heardMs = new Map<string, number>();
  readonly #underWay = new Set<AbortController>();

  /** `clusterSecret`: this process proves itself by it. `tls`: null where others are spoken to without. */
  constructor(names: PeerNames, clusterSecret: string | null = null, tls: PeerTls | null = null) {
    this.#names = names;
    this.#proof = proofOf(clusterSecret);
    this.#agents = { small: newAgent(tls), large: newAgent(tls) };
  }

  /** Never rejects. */
  async ask(asking: Asking): Promise<Outcome<unknown>> {
    const { address, deadlineMs, silenceMs = deadlineMs, answerBytesMax } = asking;
    const whom = `${answerBytesMax === undefined ? "small" : "large"} ${address}`;
    const silence = new Silence({ silenceMs, heardMs: this.#heardMs, whom });
    const closing = new AbortController();
    this.#underWay.add(closing);
    const ends = [AbortSignal.timeout(deadlineMs), silence.signal, closing.signal, ...(asking.signal === undefined ? [] : [asking.signal])];
    try {
      return await this.#askUntil(AbortSignal.any(ends), asking, silence);
    } finally {
      silence.end();
      this.#underWay.delete(closing);
    }
  }

  async #askUntil(end: AbortSignal, asking: Asking, silence: Silence): Promise<Outcome<unknown>> {
    const { address, question, body, deadlineMs, answerBytesMax } = asking;
    const target = parseAddress(address);
    if (target === null) return refused("badRequest", `${address} is not host:port`);
    const ip = await unlessEnded(this.#names.addressOf(target.host), end);
    if (end.aborted) return lost(end);
    if (ip === null) return refused("notFound", `no name server knows ${target.host}`);
    return new Promise((resolve) => {
      const headers = { "content-type": "application/json", host: address, ...this.#proof };
      const at = { host: ip, port: target.port, method: "POST", path: QUESTION_PATH + question };
      const agent = answerBytesMax === undefined ? this.#agents.small : this.#agents.large;
      const request = httpRequest({ ...at, headers, agent, signal: end });
      // One that still waits for a connection says nothing of its end before it has one.
      end.addEventListener("abort", () => resolve(lost(end)), { once: true });
      request.on("socket", () => silence.sent());
      request.on("response", (response) => {
        silence.heard();
        response.on("data", () => silence.heard());
        const collected = (outcome: Outcome<unknown>): void => {
          if (outcome.kind === "done" && response.statusCode !== 200) resolve(refusalIn(outcome.value));
          else resolve(outcome.kind === "unknown" ? lost(end) : outcome);
        };
        collectJson(response, collected, answerBytesMax === undefined ? { deadlineMs } : { bytesMax: answerBytesMax, deadlineMs });
      });
      request.on("error", () => {
        resolve(lost(end));
      });
      request.end(JSON.stringify(body));
    });
  }

  /** Nothing is sent any more. An agent gives those that wait new connections in place of the ones that it destroys. */
  close(): void {
    for (const asking of this.#underWay) asking.abort(CLOSED);
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }
}

function newAgent(tls: PeerTls | null): HttpAgent {
  const options = { keepAlive: true, maxSockets: SOCKETS_PER_PEER_MAX, maxFreeSockets: 1, timeout: IDLE_MS_MAX };
  return tls === null ? new Agent(options) : tls.connector.newAgent(options);
}

/** Name servers that are silent keep whoever asks for longer than it may wait. */
function unlessEnded<T>(answer: Promise<T>, end: AbortSignal): Promise<T | null> {
  const ended = new Promise<null>((resolve) => {
    if (end.aborted) resolve(null);
    else end.addEventListener("abort", () => resolve(null), { once: true });
  });
  return Promise.race([answer, ended]);
}

const lost = ({ aborted, reason }: AbortSignal): Outcome<never> => unknown(aborted && reason !== CLOSED ? "deadline" : "connectionLost");

/** Only what names a known refusal is one: another answer proves nothing about what happened there. */
function refusalIn(answer: unknown): Outcome<never> {
  const error = (answer as { readonly error?: { readonly code?: unknown; readonly message?: unknown; readonly outcome?: unknown } } | null)
    ?.error;
  if (error?.outcome !== "refused" || typeof error.code !== "string" || !Object.hasOwn(REFUSALS, error.code))
    return unknown("connectionLost");
  return refused(error.code as RefusalCode, String(error.message));
}
