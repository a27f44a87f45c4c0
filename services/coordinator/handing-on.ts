// A call that another coordinator has to answer. That one may have stopped a moment ago without anybody knowing: it is not waited for
// longer than it takes to choose another, and every call may be sent again, because a job's id is one job.
import type { Outcome } from "../../core/base/outcome.ts";
import type { Forwarded, Forwarding } from "../../runtime/http/forwarder.ts";

export type HandingOn = {
  readonly forward: (forwarding: Forwarding) => Promise<Outcome<Forwarded>>;
  /** Null: nobody knows. */
  readonly leader: () => Promise<string | null>;
  /** This one has the jobs itself. */
  readonly isHere: () => boolean;
  readonly timeoutMs: number;
  readonly tryMs: number;
};

/** Null: it is to be answered here. */
export async function handOn(
  { forward, leader, isHere, timeoutMs, tryMs }: HandingOn,
  call: Omit<Forwarding, "origin" | "timeoutMs">,
): Promise<Outcome<Forwarded> | null> {
  const untilMs = performance.now() + timeoutMs;
  for (;;) {
    const origin = isHere() ? null : await leader();
    if (origin === null || isHere()) return null;
    const forwarded = await forward({ ...call, origin, timeoutMs: tryMs });
    if (forwarded.kind !== "unknown" || performance.now() + tryMs > untilMs) return forwarded;
  }
}
