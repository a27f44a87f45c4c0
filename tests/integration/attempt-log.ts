// The transport of a client that makes one call at a time, with a list of the attempts that the call needed: whom it asked,
// what it heard, and how long that took. Questions about routes are nobody's attempts.
import type { AttemptResult, HttpAttempt, Transport } from "../../client/http-transport.ts";
import { HttpTransport } from "../../client/http-transport.ts";

export type Attempt = { readonly endpoint: string; readonly startMs: number; readonly tookMs: number; readonly heard: string };

export class AttemptLog implements Transport {
  readonly #transport = new HttpTransport();
  #attempts: Attempt[] = [];

  begin(): void {
    this.#attempts = [];
  }

  take(): readonly Attempt[] {
    return this.#attempts;
  }

  async attempt(attempt: HttpAttempt): Promise<AttemptResult> {
    const startMs = performance.now();
    const result = await this.#transport.attempt(attempt);
    if (attempt.path.startsWith("/v1/shard-map")) return result;
    this.#attempts.push({ endpoint: attempt.endpoint, startMs, tookMs: performance.now() - startMs, heard: heardIn(result) });
    return result;
  }

  close(): Promise<void> {
    return this.#transport.close();
  }
}

function heardIn({ outcome, leader }: AttemptResult): string {
  if (outcome.kind === "done") return "done";
  if (outcome.kind === "unknown") return `unknown after ${outcome.after}`;
  return `${outcome.refusal.code}${leader === null ? "" : ` (ask ${leader})`}: ${outcome.refusal.message}`;
}

/** For people: what a slow or failed call went through. */
export function describeAttempts(attempts: readonly Attempt[], fromMs: number): string {
  return attempts
    .map(({ endpoint, startMs, tookMs, heard }) => `+${Math.round(startMs - fromMs)} ms ${endpoint} ${Math.round(tookMs)} ms ${heard}`)
    .join("; ");
}
