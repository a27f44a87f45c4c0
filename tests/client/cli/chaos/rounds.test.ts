import { checkRecovery } from "../../../../client/cli/chaos/checks.ts";
import type { Injector } from "../../../../client/cli/chaos/injector.ts";
import { OutOfReach } from "../../../../client/cli/chaos/injector.ts";
import { Rounds } from "../../../../client/cli/chaos/rounds.ts";
import type { Round } from "../../../../client/cli/chaos/schedule.ts";
import { Timeline } from "../../../../client/cli/chaos/timeline.ts";
import type { ClusterView } from "../../../../client/cli/status/cluster-view.ts";

const member = (name: string, role: string) => ({ name, role, isWell: true });
const VIEW = {
  groups: [
    {
      service: "shard-controller",
      group: "controllers",
      leader: "c-0",
      members: ["c-0", "c-1", "c-2"].map((name) => member(name, "leader")),
    },
    { service: "worker", group: "workers", leader: null, members: ["w-0", "w-1"].map((name) => member(name, "worker")) },
  ],
  moves: [],
} as unknown as ClusterView;

function rounds(perform: Injector["perform"], isTooYoung?: (name: string) => boolean) {
  const age = isTooYoung === undefined ? {} : { isTooYoung };
  return new Rounds({
    injector: { acts: [], perform, heal: () => Promise.resolve(), unexpectedEnds: () => [], ...age },
    look: () => Promise.resolve(VIEW),
    ask: () => Promise.resolve(null),
    moveShards: () => Promise.resolve(null),
    timeline: new Timeline(0, () => null),
    mayTakeQuorum: false,
    isOver: () => false,
    onFault: () => undefined,
    onRecord: () => undefined,
    limits: { answerMs: 100, serveMs: 100, wholeMs: 100 },
  });
}

const round = (number: number, fields: Partial<Round>): Round => ({
  ...{ number, calmMs: 0, fault: "kill", role: "worker", holdMs: 0, isAlongside: false, choice: { group: 0, member: 0 } },
  ...fields,
});

test("what comes along is done while the first goes on, and each is written down", async () => {
  const acts: string[] = [];
  const played = await rounds((act, name) => Promise.resolve(void acts.push(`${act} ${name}`))).play([
    round(0, { fault: "pause", role: "controllerLeader", holdMs: 60 }),
    round(1, { fault: "kill", role: "worker", isAlongside: true }),
    round(2, { fault: "kill", role: "worker" }),
  ]);
  expect(acts).toEqual(["pause c-0", "kill w-0", "resume c-0", "kill w-0"]);
  expect(played.map(({ number, target, problem }) => ({ number, target, problem }))).toEqual([
    { number: 0, target: "c-0", problem: null },
    { number: 1, target: "w-0", problem: null },
    { number: 2, target: "w-0", problem: null },
  ]);
});

test("one that fails ends the run, and what came along is written down all the same", async () => {
  const fails = (_: string, name: string): Promise<void> =>
    name === "w-0" ? Promise.reject(new Error("it does not end")) : Promise.resolve();
  const played = await rounds(fails).play([
    round(0, { fault: "kill", role: "controllerLeader" }),
    round(1, { fault: "kill", role: "worker", isAlongside: true }),
    round(2, { fault: "kill", role: "controllerLeader" }),
  ]);
  expect(played.map(({ problem }) => problem)).toEqual([null, "it does not end"]);
});

test("one whose end nobody can see ends the run, and is no failure of the cluster", async () => {
  const played = await rounds(() => Promise.reject(new OutOfReach("pods can't be listed"))).play([round(0, {}), round(1, {})]);
  expect(played).toMatchObject([{ problem: null, undecided: "pods can't be listed" }]);
  expect(checkRecovery(played, null)).toMatchObject({ verdict: "unchecked", message: "fault 0 (kill): pods can't be listed" });
});

test("a service that is not there is not waited for", async () => {
  const startMs = performance.now();
  const played = await rounds(() => Promise.resolve()).play([round(0, { role: "coordinator" })]);
  expect(played).toMatchObject([{ target: null, skipped: "there is no coordinator" }]);
  expect(performance.now() - startMs).toBeLessThan(2_000);
});

test("who is too young is waited for, and struck once it has run for long enough", async () => {
  let looks = 0;
  const acts: string[] = [];
  const isTooYoung = (name: string): boolean => name === "w-0" && looks++ < 3;
  const played = await rounds((act, name) => Promise.resolve(void acts.push(`${act} ${name}`)), isTooYoung).play([round(0, {})]);
  expect(acts).toEqual(["kill w-0"]);
  expect(played).toMatchObject([{ target: "w-0", skipped: null }]);
});
