// Who has which shard, by what groups say of themselves: of that a settlement is made, when groups are gone for good. Where it
// is not certain nothing is made. That answers come from different moments does no harm: a group that has something else by
// then does not settle.
import type { GroupId } from "../base/ids.ts";
import type { Configuration } from "../shards/configuration.ts";
import { ownerOf } from "../shards/configuration.ts";
import { SHARDS } from "../shards/slots.ts";
import { lastGoneOwner, possibleOwners } from "./possible-owners.ts";

/** By its leader. */
export type GroupSaid = {
  readonly configNumber: number;
  /** Those that are leaving among them. */
  readonly serving: readonly number[];
  readonly pulling: readonly number[];
  readonly frozen: readonly number[];
  /** Members that do not know how to settle. */
  readonly tooOld: readonly string[];
};

export type Gone = {
  /** Whoever of them answers all the same is not gone, and keeps what it has. */
  readonly groups: readonly GroupId[];
  /** What stands still for one of them is had all the same: what it may have taken in is lost. */
  readonly evenFrozen: boolean;
};

export type Holders =
  | { readonly kind: "known"; readonly gone: readonly GroupId[]; readonly holders: readonly (GroupId | null)[] }
  /** `passes`: a move that is under way ends by itself. */
  | { readonly kind: "uncertain"; readonly passes: boolean; readonly message: string };

type Said = ReadonlyMap<GroupId, GroupSaid>;

/** `configurations`: without a gap, the latest last. */
export function holdersIn(configurations: readonly Configuration[], said: Said, { groups, evenFrozen }: Gone): Holders {
  const latest = configurations.at(-1) as Configuration;
  const gone = groups.filter((group) => !said.has(group));
  const shards = Array.from({ length: SHARDS }, (_, shard) => {
    const having = havingIn(said, shard);
    return { shard, having, owners: possibleOwners(configurations, shard, { said, holder: having[0] ?? null }) };
  });
  const asked = [...(Object.keys(latest.groups) as GroupId[]), ...shards.flatMap(({ owners }) => owners.map(({ group }) => group))];
  const silent = [...new Set(asked)].filter((group) => !said.has(group) && !gone.includes(group));
  const notGone = gone.length === 0 && isAtRest(latest, said) ? answering(groups) : null;
  const message = whyNotSaid(silent) ?? notGone ?? whyNotSettle(latest, said) ?? (evenFrozen ? null : whyFrozen(said));
  if (message !== null) return uncertain(message);
  const holders: (GroupId | null)[] = [];
  for (const { shard, having, owners } of shards) {
    const living = havingAndPulling(said, shard);
    if (living !== null) return untilEnded(`shard ${String(shard)} is on its way from group ${living}`);
    if (having.length > 1) return untilEnded(`groups ${having.join(" and ")} both have shard ${String(shard)}`);
    const lost = ownerOf(latest, shard) === null ? null : lastGoneOwner(owners, shard, { said, gone });
    const holder = having[0] ?? lost;
    if (holder === undefined) return uncertain(`no group that was asked says that it has shard ${String(shard)}`);
    holders.push(holder);
  }
  return { kind: "known", gone, holders };
}

/** Whoever has moved, or is to move, what it can't. */
function whyNotSettle(latest: Configuration, said: Said): string | null {
  for (const [group, each] of said) {
    const { configNumber, tooOld } = each;
    if (configNumber > latest.number) return `group ${group} has configuration ${String(configNumber)}, which the controllers don't know`;
    if ((isMoving(latest, group, each) || configNumber < latest.number) && tooOld.length > 0)
      return `group ${group} can't take a move back: a version that knows how is not known to run at ${tooOld.join(", ")}`;
  }
  return null;
}

const isMoving = (latest: Configuration, group: GroupId, { serving, pulling, frozen }: GroupSaid): boolean =>
  pulling.length + frozen.length > 0 || serving.some((shard) => ownerOf(latest, shard) !== group);

/** Nothing is to be taken back. One that has left, and has nothing, may be behind. */
function isAtRest(latest: Configuration, said: Said): boolean {
  return [...said].every(([group, each]) => {
    const hasLeft = !Object.hasOwn(latest.groups, group);
    return !isMoving(latest, group, each) && (hasLeft || each.configNumber === latest.number);
  });
}

/** Also a group that answers may be named where moves don't end: what was said of it before may have been out of date. */
const answering = (groups: readonly GroupId[]): string =>
  groups.length === 1 ? `group ${groups.join("")} answers: it is not gone` : `groups ${groups.join(" and ")} answer: they are not gone`;

function whyNotSaid(silent: readonly GroupId[]): string | null {
  if (silent.length === 0) return null;
  const names = silent.map((group) => `group ${group}`).join(", ");
  return `what it may have is not said by ${names}: no leader answers. Name all that are gone for good, also those that left long ago`;
}

function whyFrozen(said: Said): string | null {
  for (const [group, { frozen }] of said) {
    if (frozen.length === 0) continue;
    return (
      `group ${group} stands still with shards ${frozen.join(", ")}: their receiver may have served them. If it lives, this ends by itself; ` +
      "if it is gone for good, say evenFrozen: what it has taken in since then is lost"
    );
  }
  return null;
}

/**
 * A copy that stands still is older than one that is served by a later configuration. Who serves it by none that is later may have been
 * recovered from a log without its freeze: then the copy that stands still may be the newer one.
 */
function havingIn(said: Said, shard: number): readonly GroupId[] {
  const groupsWith = (has: (each: GroupSaid) => readonly number[]) => [...said].filter(([, each]) => has(each).includes(shard));
  const serving = groupsWith((each) => each.serving);
  const frozen = groupsWith((each) => each.frozen);
  const frozenBy = Math.max(...frozen.map(([, { configNumber }]) => configNumber));
  const isServedLater = serving.length > 0 && serving.every(([, { configNumber }]) => configNumber > frozenBy);
  return (isServedLater ? serving : [...serving, ...frozen]).map(([group]) => group);
}

/** The one of two that live and have come equally far: the move of this shard ends, whatever becomes of others. Null: there are none. */
function havingAndPulling(said: Said, shard: number): GroupId | null {
  const pulling = [...said.values()].filter((each) => each.pulling.includes(shard));
  const having = [...said].find(([, { configNumber, serving }]) => {
    return serving.includes(shard) && pulling.some((each) => each.configNumber === configNumber);
  });
  return having?.[0] ?? null;
}

const uncertain = (message: string): Holders => ({ kind: "uncertain", passes: false, message });
const untilEnded = (what: string): Holders => ({ kind: "uncertain", passes: true, message: `${what}: ask again when that has ended` });
