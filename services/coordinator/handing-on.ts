// A call that another coordinator has to answer. That one may have stopped a moment ago without anybody knowing: it is not waited for
// longer than it takes to choose another, nor once this one has been chosen, and every call may be sent again, because a job's id is one job. But it may still do what
// it was asked: a later refusal, by whomever, doesn't mean that nothing was done.
import type { Outcome } from "../../core/base/outcome.ts";
import { unknown } from "../../core/base/outcome.ts";
import type { Forwarded, Forwarding } from "../../runtime/http/forwarder.ts";
import { outcomeIn } from "../../runtime/http/forwarder.ts";

type Unknown = Extract<Outcome<never>, { readonly kind: "unknown" }>;

export type HandedOn =
  | { readonly kind: "there"; readonly outcome: Outcome<Forwarded> }
  /** It is to be answered here. `lost`: what became of it before, where it may have been done. */
  | { readonly kind: "here"; readonly lost: Unknown | null };

export type HandingOn = {
  readonly forward: (forwarding: Forwarding) => Promise<Outcome<Forwarded>>;
  /** Null: nobody knows. */
  readonly leader: () => Promise<string | null>;
  /** This one has the jobs itself. */
  readonly isHere: () => boolean;
  readonly timeoutMs: number;
  readonly tryMs: number;
};

const LOOK_MS = 50;

export async function handOn(
  { forward, leader, isHere, timeoutMs, tryMs }: HandingOn,
  call: Omit<Forwarding, "origin" | "timeoutMs">,
): Promise<HandedOn> {
  const untilMs = performance.now() + timeoutMs;
  let lost: Unknown | null = null;
  for (;;) {
    const origin = isHere() ? null : await leader();
    if (origin === null || isHere()) return { kind: "here", lost };
    const forwarded = await unlessHere(isHere, forward({ ...call, origin, timeoutMs: tryMs }));
    if (forwarded.kind !== "unknown") return { kind: "there", outcome: lost !== null && isRefused(forwarded) ? lost : forwarded };
    // Asking changes nothing, however it ended.
    if (call.method !== "GET") lost = forwarded;
    if (performance.now() + tryMs > untilMs && !isHere()) return { kind: "there", outcome: forwarded };
  }
}

/** Whoever has the jobs itself meanwhile need not wait for what the other one says. */
async function unlessHere(isHere: () => boolean, forwarding: Promise<Outcome<Forwarded>>): Promise<Outcome<Forwarded>> {
  let looking: NodeJS.Timeout | undefined;
  const chosen = new Promise<Outcome<never>>((resolve) => {
    looking = setInterval(() => {
      if (isHere()) resolve(unknown("deadline"));
    }, LOOK_MS);
  });
  try {
    return await Promise.race([forwarding, chosen]);
  } finally {
    clearInterval(looking);
  }
}

const isRefused = (forwarded: Outcome<Forwarded>): boolean =>
  forwarded.kind === "refused" || (forwarded.kind === "done" && outcomeIn(forwarded.value).outcome.kind === "refused");
