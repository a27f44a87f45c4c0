// What the plays of faults have at hand, and what several of them do.
import type { GroupView } from "../../status/cluster-view.ts";
import type { Injector } from "../injector.ts";
import type { Round } from "../schedule.ts";
import { pause } from "../../../waiting.ts";

export type Stage = {
  readonly injector: Injector;
  /** How a member stands at this moment; null where it does not answer. Others are not asked, so that it is known at once. */
  readonly ask: (group: GroupView, name: string) => Promise<Standing | null>;
  /** All of them, as they stand now. */
  readonly groups: () => Promise<readonly GroupView[]>;
  /** Until clients of the group were answered since now; not for ever. */
  readonly untilServed: (group: GroupView) => Promise<void>;
  /** Until all of the cluster is well. */
  readonly untilWhole: () => Promise<void>;
  /** Gives some shards of a group, those with keys in use, to another, and says to which; null: there is no other. */
  readonly moveShards: (from: string) => Promise<GroupView | null>;
  readonly sleep: (ms: number) => Promise<void>;
};

/** `givesFrozen`: it has a shard that it serves no longer and its new owner does not have yet. */
export type Standing = { readonly term: number; readonly role: string; readonly givesFrozen: boolean };

/** `name`: the first of `names`, and for most faults the only one. */
export type Struck = { readonly round: Round; readonly group: GroupView; readonly name: string; readonly names: readonly string[] };

/** How long a new leader is waited for. On a busy machine processes take many seconds to come back and elect one. */
const ELECTED_MS = 20_000;
const LOOK_MS = 5;

export const othersOf = ({ group, name }: Struck): readonly string[] =>
  group.members.map((each) => each.name).filter((each) => each !== name);

export const termOf = async ({ ask }: Stage, { group, name }: Struck): Promise<number> => (await ask(group, name))?.term ?? 0;

type Election = { readonly among: readonly string[]; readonly after: number };

/** Who leads in a later term; null if nobody does in time. Each is asked on its own, so that the first is known at once. */
export async function untilElected({ ask }: Pick<Stage, "ask">, group: GroupView, { among, after }: Election): Promise<string | null> {
  const untilMs = performance.now() + ELECTED_MS;
  let winner: string | null = null;
  const askOn = async (name: string): Promise<void> => {
    while (winner === null && performance.now() < untilMs) {
      const standing = await ask(group, name);
      if (standing !== null && standing.term > after && standing.role === "leader") winner ??= name;
      else await pause(LOOK_MS);
    }
  };
  // Whoever does not answer is asked still, and must not keep the winner from being known.
  return new Promise((resolve) => {
    const asked = among.map((name) => askOn(name).then(() => winner !== null && resolve(winner)));
    void Promise.all(asked).then(() => resolve(winner));
  });
}
