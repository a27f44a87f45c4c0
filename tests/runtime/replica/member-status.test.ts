import { asGroup, asMember } from "../../../core/base/ids.ts";
import { foundingMembership } from "../../../core/raft/membership.ts";
import type { MemberDoor } from "../../../runtime/replica/member-door.ts";
import type { MemberView } from "../../../runtime/replica/member.ts";
import type { MemberStatusOptions } from "../../../runtime/replica/member-status.ts";
import { MemberStatus } from "../../../runtime/replica/member-status.ts";

const PLACE = { ordinal: 0, address: "a:1" };
const MEMBERSHIP = foundingMembership([{ member: asMember("m1"), place: PLACE }]);
const RAFT = { self: "m1", isLearner: false, membership: MEMBERSHIP, role: "leader", leader: "m1" };

/** A member that leads its group and serves. */
function leading(): MemberView {
  const life = { host: { status: () => ({ raft: RAFT, stage: "serving", divergence: null }) } };
  return { life, waiting: { reasons: [], recovery: null }, peerIdentity: null } as unknown as MemberView;
}

function statusWith(configNumber?: () => number | null, registration: MemberStatusOptions["registration"] = null): MemberStatus {
  return new MemberStatus({
    service: "replica",
    config: { group: asGroup("1"), self: PLACE },
    member: leading(),
    door: {} as MemberDoor,
    registration,
    ...(configNumber === undefined ? {} : { configNumber }),
  });
}

const failing = (status: MemberStatus): readonly string[] => status.health.readyz().flatMap(({ name, ok }) => (ok ? [] : [name]));

test("a leader that knows of no configuration yet is not ready: it could serve no key", () => {
  let number = 0;
  const status = statusWith(() => number);
  expect(failing(status)).toEqual(["configuration"]);
  number = 1;
  expect(failing(status)).toEqual([]);
});

test("a service without configurations waits for none", () => {
  expect(failing(statusWith())).toEqual([]);
});

const OTHERS = "the shard controllers belong to cluster d, this member to cluster c: they are not obeyed";

test("a member that starts beside controllers of another cluster is not ready, and one that was ready stays so", () => {
  const registration: { problem: string | null; isKnown: boolean } = { problem: OTHERS, isKnown: false };
  const status = statusWith(() => 1, registration);
  expect(failing(status)).toEqual(["controllers"]);
  registration.problem = null;
  expect(failing(status)).toEqual([]);
  registration.problem = OTHERS;
  expect(failing(status)).toEqual([]);
});

test("who only looks whether a member is ready does not make it ready for good", () => {
  const registration: { problem: string | null; isKnown: boolean } = { problem: null, isKnown: true };
  const status = statusWith(() => 1, registration);
  const isReady = (): boolean => status.readiness().every(({ ok }) => ok);
  expect(isReady()).toBe(true);
  registration.problem = OTHERS;
  expect(isReady()).toBe(false);
  registration.problem = null;
  status.health.readyz();
  registration.problem = OTHERS;
  expect(isReady()).toBe(true);
});
