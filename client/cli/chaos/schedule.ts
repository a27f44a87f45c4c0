// Which fault comes when, and to whom: a list that depends on the seed and on what is allowed, and on nothing else, so that a run
// can be had again. Who leads at that moment is found out when it comes. Pure.
import type { Random } from "../../../core/base/random.ts";
import type { Act, FaultName, Role } from "./faults.ts";
import { FAULT_NAMES, rowOf, serviceOf, ROLES } from "./faults.ts";

export type Round = {
  readonly number: number;
  /** Undisturbed work before it, so that there is something to lose. */
  readonly calmMs: number;
  readonly fault: FaultName;
  readonly role: Role;
  readonly holdMs: number;
  /** It comes at the same moment as the one before it, and strikes another service. */
  readonly isAlongside: boolean;
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
/** The share of faults that another one comes along with. */
const ALONGSIDE = 0.25;

/** Everything that may happen. */
export function pairings({ faults, roles, acts, mayTakeQuorum }: Allowed): readonly Pairing[] {
  return FAULT_NAMES.filter((fault) => faults.includes(fault))
    .filter((fault) => rowOf(fault).needs.every((act) => acts.includes(act)))
    .filter((fault) => mayTakeQuorum || rowOf(fault).takesQuorum !== true)
    .flatMap((fault) =>
      roles
        .filter((role) => rowOf(fault).roles.includes(role) || (rowOf(fault).isPlain === true && !isUsual(role)))
        .filter((role) => mayTakeQuorum || role !== "majority")
        .map((role) => ({ fault, role })),
    );
}

const isUsual = (role: Role): boolean => (ROLES as readonly Role[]).includes(role);

/**
 * Round after round without an end. Every second one is of the few that find what nothing else does, so that each of those comes
 * several times in five minutes; between them come all others. Either list is gone through in an order by chance, and then again in
 * another.
 */
export function* schedule(random: Random, allowed: Allowed): Generator<Round, never, undefined> {
  const all = pairings(allowed);
  if (all.length === 0) throw new RangeError("nothing of what is allowed can be done");
  const isOften = ({ fault, role }: Pairing): boolean => rowOf(fault).oftenFor?.includes(role) === true;
  const [often, seldom] = [all.filter(isOften), all.filter((pairing) => !isOften(pairing))];
  const oftenDealt = dealt(random.child("often"), often.length === 0 ? seldom : often);
  const seldomDealt = dealt(random.child("seldom"), seldom.length === 0 ? often : seldom);
  for (let [number, turn] = [0, 0]; ; turn++) {
    const main = (turn % 2 === 0 ? oftenDealt : seldomDealt).next().value;
    yield roundOf(random, main, { number: number++, isAlongside: false });
    const chance = random.child(`alongside ${turn}`);
    const others = all.filter(({ fault, role }) => rowOf(fault).isPlain === true && serviceOf(role) !== serviceOf(main.role));
    const other = chance.shuffled(others)[0];
    if (other !== undefined && chance.fraction() < ALONGSIDE) yield roundOf(random, other, { number: number++, isAlongside: true });
  }
}

/** Each once, in an order by chance, and then all again in another. */
function* dealt(random: Random, all: readonly Pairing[]): Generator<Pairing, never, undefined> {
  for (let deck = 0; ; deck++) yield* random.child(`order ${deck}`).shuffled(all);
}

function roundOf(random: Random, { fault, role }: Pairing, place: Pick<Round, "number" | "isAlongside">): Round {
  const chance = random.child(`round ${place.number}`);
  const { min, max } = rowOf(fault).holdMs;
  return {
    ...{ ...place, fault, role, calmMs: place.isAlongside ? 0 : chance.between(CALM_MS.min, CALM_MS.max) },
    holdMs: chance.between(min, max),
    choice: { group: chance.fraction(), member: chance.fraction() },
  };
}
