// What a connection has queued since its MULTI: bounded, and broken by the first thing that can't be done, as in Redis.
import { OPERATIONS_MAX } from "../../../core/kv/limits.ts";
import type { Arguments } from "../commands/command.ts";
import { DEFAULT_REQUEST_LIMITS } from "../protocol/request-parser.ts";
import type { Queued } from "./exec-request.ts";

/** What a transaction may hold before its EXEC; what that can do is less. */
const QUEUED_MAX = OPERATIONS_MAX;
const QUEUED_BYTES_MAX = DEFAULT_REQUEST_LIMITS.requestBytesMax;

export class OpenTransaction {
  #queued: Queued[] = [];
  #bytes = 0;
  #isBroken = false;

  get queued(): readonly Queued[] {
    return this.#queued;
  }

  /** Its EXEC does nothing. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** False: it would hold too much. */
  add({ command, args }: Queued, bytes: number): boolean {
    // It won't be done.
    if (this.#isBroken) return true;
    this.#bytes += bytes;
    if (this.#queued.length >= QUEUED_MAX || this.#bytes > QUEUED_BYTES_MAX) return false;
    this.#queued.push({ command, args: copyOf(args) });
    return true;
  }

  break(): void {
    this.#isBroken = true;
    this.#queued = [];
  }
}

/** What was read are views into much more, which would stay in memory until the EXEC, whatever is counted here. */
function copyOf(args: Arguments): Arguments {
  const bytes = Buffer.allocUnsafeSlow(args.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  return args.map((each) => {
    const start = end;
    end += each.copy(bytes, start);
    return bytes.subarray(start, end);
  });
}
