// Who does to processes what a fault wants.
import type { Act } from "./faults.ts";

/** Whoever runs the faults could not do something, or could not see what came of it: that says nothing of the cluster. */
export class OutOfReach extends Error {
  override readonly name = "OutOfReach";
}

export type Injector = {
  readonly acts: readonly Act[];
  /** Resolves once it is done, not once the cluster is well again. */
  perform(act: Act, name: string): Promise<void>;
  /** What has begun lately is left alone, where that was asked for. */
  isTooYoung?(name: string): boolean;
  /** Ends whatever still goes on: what stands still goes on. May be called at any time, and twice. */
  heal(): Promise<void>;
  /** Processes that ended although nobody here did it, and why, as far as that is known. */
  unexpectedEnds(): readonly string[];
};
