// Which fault comes when, and to whom: a list that depends on the seed and on what is allowed, and on nothing else, so that a run
// can be had again. Who leads at that moment is found out when it comes. Pure.
import type { Random } from "../../../core/base/random.ts";
import type { Act, FaultName, Role } from "./faults.ts";
import { FAULT_NAMES, rowOf } from "./faults.ts";

export type Round = {
  readonly number: number;
  /** Undisturbed work before it, so that there is something to lose. */
  readonly calmMs: number;
  readonly fault: FaultName;
  readonly role: Role;
  readonly holdMs: number;
  /** Of those that fit, from 0 to 1. */
  readonly choice: { readonly group: number; readonly member: number };
};

export type Allowed = {
  readonly faults: readonly FaultName[];
  readonly roles: readonly Role[];
  /** What whoever does it can do. */
  readonly acts: readonly Act[];
  readonly mayTakeQuorum: boolean;
};

type Pairing = { readonly fault: FaultName; readonly role: Role };

const CALM_MS = { min: 300, max: 1_500 };

/** Everything that may happen. */
export function pairings({ faults, roles, acts, mayTakeQuorum }: Allowed): readonly Pairing[] {
  return FAULT_NAMES.filter((fault) => faults.includes(fault))
    .filter((fault) => rowOf(fault).needs.every((act) => acts.includes(act)))
    .filter((fault) => mayTakeQuorum || rowOf(fault).takesQuorum !== true)
    .flatMap((fault) =>
      rowOf(fault)
        .roles.filter((role) => roles.includes(role))
        .map((role) => ({ fault, role })),
    );
}

/** Round after round without an end: each pairing once, in an order by chance, and then all again in another. */
export function* schedule(random: Random, allowed: Allowed): Generator<Round, never, undefined> {
  const all = pairings(allowed);
  if (all.length === 0) throw new RangeError("nothing of what is allowed can be done");
  for (let number = 0; ; number++) {
    const deck = random.child(`order ${Math.floor(number / all.length)}`).shuffled(all);
    const { fault, role } = deck[number % all.length] as Pairing;
    const chance = random.child(`round ${number}`);
    const { min, max } = rowOf(fault).holdMs;
    yield {
      ...{ number, fault, role, calmMs: chance.between(CALM_MS.min, CALM_MS.max) },
      holdMs: chance.between(min, max),
      choice: { group: chance.fraction(), member: chance.fraction() },
    };
  }
}
