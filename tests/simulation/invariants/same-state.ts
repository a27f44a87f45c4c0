// Members that applied the same commands are in the same state and gave the same answers, whether they applied every one
// of them or restored a snapshot on the way.
import { crc32c } from "../../../core/base/checksum.ts";
import { StateHistory } from "../world/state-history.ts";
import { breach } from "./invariant.ts";
import type { Applied, Invariant, MemberView } from "./invariant.ts";

type Step = { readonly chain: number; readonly serviceIndex: number };

export class SameState implements Invariant {
  readonly promise = "members that applied the same are in the same state";
  readonly history = new StateHistory();
  readonly #steps = new Map<number, Step>();
  readonly #digests = new Map<number, string>();
  /** Per life: the chain up to what was applied last; unknown right after a restoration. */
  readonly #chains = new WeakMap<MemberView, number>();

  applied(view: MemberView, applied: Applied): void {
    const { index, serviceIndex, stampMs, command, result } = applied;
    const previous = this.#chains.get(view) ?? 0;
    const answer = Math.imul(crc32c(result, crc32c(command)) ^ index, 0x01000193) ^ stampMs;
    const chain = (Math.imul(previous, 0x85ebca6b) ^ answer) | 0;
    this.#chains.set(view, chain);
    const first = this.#steps.get(index);
    if (first === undefined) {
      this.#steps.set(index, { chain, serviceIndex });
      this.history.applied(applied);
      return;
    }
    if (first.serviceIndex !== serviceIndex)
      breach(this, `${view.member} counts ${index} as command ${serviceIndex}, not ${first.serviceIndex}`);
    if (first.chain !== chain) breach(this, `${view.member} differs from others in what it applied up to ${index}, or in its answer there`);
  }

  /** A snapshot stands for everything up to its index, so the chain goes on from whoever applied that. */
  restored(view: MemberView, index: number): void {
    for (let at = index; at > 0; at--) {
      const step = this.#steps.get(at);
      if (step === undefined) continue;
      this.#chains.set(view, step.chain);
      return;
    }
    this.#chains.set(view, 0);
  }

  /** After everything up to `index` was applied. */
  compareDigest(view: MemberView, { index, digest }: { readonly index: number; readonly digest: string }): void {
    const first = this.#digests.get(index);
    if (first === undefined) this.#digests.set(index, digest);
    else if (first !== digest) breach(this, `${view.member} has digest ${digest} at ${index}, another member had ${first}`);
  }
}
