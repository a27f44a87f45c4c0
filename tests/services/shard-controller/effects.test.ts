import { asGroup } from "../../../core/base/ids.ts";
import { done } from "../../../core/base/outcome.ts";
import type { ClientOperation } from "../../../core/replica/events.ts";
import type { ControllerStateMachine } from "../../../core/shard-controller/controller-state-machine.ts";
import { SILENT } from "../../../runtime/logger.ts";
import type { MemberView } from "../../../runtime/replica/member.ts";
import { FirstGroups } from "../../../services/shard-controller/effects.ts";
import { addressOf, AskedMachine, foundingMembers, groups } from "../../core/shard-controller/groups.ts";
import { ManualClock } from "../../runtime/manual-clock.ts";

const GROUPS = groups("1", "2");

function watched(role = "leader"): { asked: AskedMachine; clock: ManualClock; first: FirstGroups } {
  const asked = new AskedMachine();
  const clock = new ManualClock();
  const host = {
    status: () => ({ raft: { role } }),
    request: (operation: ClientOperation) => {
      if (operation.kind === "write") asked.applyBytes(operation.command);
      return Promise.resolve(done({ kind: "result" }));
    },
  };
  const member = { life: { host, machine: asked.machine }, waiting: { reasons: [], recovery: null }, peerIdentity: null };
  const first = new FirstGroups({ groups: GROUPS, member: member as unknown as MemberView<ControllerStateMachine>, clock, logger: SILENT });
  return { asked, clock, first };
}

function announce(asked: AskedMachine, group: string, ...ordinals: readonly number[]): void {
  asked.apply({ kind: "found", group: asGroup(group), members: foundingMembers(group) });
  for (const ordinal of ordinals) asked.apply({ kind: "announce", group: asGroup(group), ordinal, address: addressOf(group, ordinal) });
}

test("the first configuration is made once all groups are founded and all their members are known", async () => {
  const { asked, first } = watched();
  await first.look();
  announce(asked, "1", 0, 1, 2);
  await first.look();
  announce(asked, "2", 0, 1);
  await first.look();
  expect(asked.configuration().number).toBe(0);
  announce(asked, "2", 2);
  await first.look();
  expect(asked.configuration()).toMatchObject({ number: 1, groups: { "1": { length: 3 }, "2": { length: 3 } } });
  await first.look();
  expect(asked.configuration().number).toBe(1);
});

test("a member that says nothing is not waited for for ever", async () => {
  const { asked, clock, first } = watched();
  announce(asked, "1", 0, 1, 2);
  announce(asked, "2", 0);
  await first.look();
  expect(asked.configuration().number).toBe(0);
  clock.advance(2_000);
  await first.look();
  expect(asked.configuration().groups["2"]).toHaveLength(1);
});

test("only the leader makes it", async () => {
  const { asked, first } = watched("follower");
  for (const group of GROUPS) announce(asked, group, 0, 1, 2);
  await first.look();
  expect(asked.configuration().number).toBe(0);
});
