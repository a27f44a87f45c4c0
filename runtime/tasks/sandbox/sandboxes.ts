// The sandboxes of one process that executes tasks. One that has served an attempt well is kept for the next of the same code: starting a
// process takes as long as mapping some megabytes. The code is loaded anew for each attempt, and one whose code has left something behind in the
// global object, or in what belongs to the language, is not kept.
import type { SandboxAttempt, SandboxProgram } from "./sandbox.ts";
import { Sandbox } from "./sandbox.ts";
import type { WatchLimits } from "./watch.ts";

type Kept = { readonly sandbox: Sandbox; readonly bundle: string; readonly limits: WatchLimits; readonly timer: NodeJS.Timeout };

const KEEP_MS = 5_000;

export class Sandboxes {
  readonly #program: SandboxProgram;
  readonly #keepMs: number;
  #kept: Kept | null = null;

  /** `keepMs`: 0 keeps none. */
  constructor(program: SandboxProgram, keepMs = KEEP_MS) {
    this.#program = program;
    this.#keepMs = keepMs;
  }

  begin(limits: WatchLimits, attempt: SandboxAttempt): Sandbox {
    const sandbox = this.#taken(limits, attempt.bundle) ?? new Sandbox(this.#program, limits);
    sandbox.begin(attempt);
    return sandbox;
  }

  /** Its attempt is over. */
  giveBack(sandbox: Sandbox, limits: WatchLimits, bundle: string): void {
    if (this.#keepMs === 0 || !sandbox.isReusable) {
      sandbox.end();
      return;
    }
    this.drop();
    this.#kept = { sandbox, bundle, limits, timer: setTimeout(() => this.drop(), this.#keepMs) };
  }

  #taken({ memoryBytes, callMsMax }: WatchLimits, bundle: string): Sandbox | null {
    const kept = this.#kept;
    const isSame = kept?.bundle === bundle && kept.limits.memoryBytes === memoryBytes && kept.limits.callMsMax === callMsMax;
    if (!isSame || !kept.sandbox.isReusable) {
      this.drop();
      return null;
    }
    clearTimeout(kept.timer);
    this.#kept = null;
    return kept.sandbox;
  }

  /** The memory of the one that is kept is wanted for something else. */
  drop(): void {
    if (this.#kept === null) return;
    clearTimeout(this.#kept.timer);
    this.#kept.sandbox.end();
    this.#kept = null;
  }
}
