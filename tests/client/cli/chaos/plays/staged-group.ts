// A group on which plays are tried: who stands still does not answer, and how members stand is a script of the test.
import type { Injector } from "../../../../../client/cli/chaos/injector.ts";
import type { Stage, Standing, Struck } from "../../../../../client/cli/chaos/plays/stage.ts";
import type { GroupView } from "../../../../../client/cli/status/cluster-view.ts";

export const groupOf = (group: string, names: readonly string[]): GroupView =>
  ({ service: "replica", group, leader: names[0], members: names.map((name) => ({ name })) }) as unknown as GroupView;

export const struckIn = (group: GroupView, name: string): Struck =>
  ({ group, name, names: [name], round: { number: 0, holdMs: 0 } }) as unknown as Struck;

export type Staged = { readonly stage: Stage; readonly acts: string[]; readonly still: Set<string> };

/** `standing`: of one who answers, and how often it has been let go on since it was first halted. */
export function stagedGroup(standing: (name: string, turns: number) => Partial<Standing>, receiver: GroupView | null = null): Staged {
  const [acts, still] = [[] as string[], new Set<string>()];
  const turns = new Map<string, number>();
  const perform: Injector["perform"] = (act, name) => {
    acts.push(`${act} ${name}`);
    if (act === "halt" || act === "pause") still.add(name);
    if (act === "resume" && still.has(name)) turns.set(name, (turns.get(name) ?? 0) + 1);
    if (act === "resume" || act === "kill") still.delete(name);
    return Promise.resolve();
  };
  const stage = {
    injector: { acts: [], perform, heal: () => Promise.resolve(), unexpectedEnds: () => [] },
    ask: (_: GroupView, name: string) =>
      Promise.resolve(still.has(name) ? null : { term: 1, role: "follower", givesFrozen: false, ...standing(name, turns.get(name) ?? 0) }),
    groups: () => Promise.resolve([]),
    untilServed: () => Promise.resolve(),
    untilWhole: () => Promise.resolve(),
    moveShards: () => Promise.resolve(receiver),
    sleep: () => Promise.resolve(),
  };
  return { stage, acts, still };
}
