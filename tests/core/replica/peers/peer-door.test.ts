import { asBoot, asCluster, asGroup, asIndex, asMember, asTerm } from "../../../../core/base/ids.ts";
import { NO_MEMBERS } from "../../../../core/raft/membership.ts";
import { EffectQueue } from "../../../../core/replica/effect-queue.ts";
import { lifeNumber } from "../../../../core/replica/life-number.ts";
import type { PeerBody, PeerMessage } from "../../../../core/replica/peer-message.ts";
import { OutgoingMail } from "../../../../core/replica/peers/outgoing-mail.ts";
import { PeerDoor } from "../../../../core/replica/peers/peer-door.ts";
import { PeerTable } from "../../../../core/replica/peers/peer-table.ts";

const [me, a] = [asMember("me"), asMember("a")];
const identity = { cluster: asCluster("c"), group: asGroup("g"), self: me, boot: lifeNumber(3, 0) };

function raftBody(from = a, to = me): PeerBody {
  return { kind: "raft", message: { kind: "campaignNow", from, to, term: asTerm(1) } };
}

function messageOf(fields: Partial<PeerMessage> = {}): PeerMessage {
  const { from = a, to = me } = fields;
  const [cluster, group] = [asCluster("c"), asGroup("g")];
  return { cluster, group, from, to, boot: lifeNumber(5, 0), wallMs: 0, version: 1, body: raftBody(from, to), ...fields };
}

function door(): { readonly door: PeerDoor; readonly took: () => readonly unknown[] } {
  const effects = new EffectQueue();
  const now = { monotonicMs: 0, wallMs: 0 };
  const peers = new PeerTable({}, { boot: identity.boot, earlierLives: [lifeNumber(1, 0), lifeNumber(2, 0)] });
  const mail = new OutgoingMail({ identity, version: 1, now, peers, effects });
  const subject = new PeerDoor({ identity, peers, mail, now, effects });
  const took = (): readonly unknown[] =>
    effects.take().map((effect) => {
      if (effect.kind === "sendPeer") return { to: effect.message.to, ...effect.message.body };
      return effect.kind === "observe" ? effect.observation : effect;
    });
  return { door: subject, took };
}

test.each([
  { name: "another cluster", message: messageOf({ cluster: asCluster("x") }), why: "cluster" },
  { name: "another group", message: messageOf({ group: asGroup("x") }), why: "group" },
  { name: "somebody else", message: messageOf({ to: asMember("b") }), why: "addressee" },
  { name: "myself, it says", message: messageOf({ from: me }), why: "addressee" },
  { name: "nonsense", message: messageOf({ boot: asBoot(-1) }), why: "malformed" },
  { name: "another's message in this envelope", message: messageOf({ body: raftBody(asMember("b")) }), why: "malformed" },
])("refused without an answer: $name", ({ message, why }) => {
  const { door: subject, took } = door();
  expect(subject.admit(message, null)).toBe("refused");
  expect(took()).toEqual([{ kind: "envelopeRefused", from: message.from, why }]);
  // It left no trace: the peer's real life is still its first.
  expect(subject.admit(messageOf({ boot: lifeNumber(1, 0) }), null)).toBe("admitted");
});

test("a restart is noticed once", () => {
  const { door: subject, took } = door();
  expect(subject.admit(messageOf(), null)).toBe("admitted");
  expect(took()).toEqual([]);
  expect(subject.admit(messageOf({ boot: lifeNumber(6, 0) }), null)).toBe("admittedAfterRestart");
  expect(took()).toEqual([{ kind: "peerRestarted", member: a, boot: lifeNumber(6, 0) }]);
  expect(subject.admit(messageOf({ boot: lifeNumber(6, 0) }), null)).toBe("admitted");
});

test("a life that has ended is told so, by its number", () => {
  const { door: subject, took } = door();
  subject.admit(messageOf(), null);
  expect(subject.admit(messageOf({ boot: lifeNumber(4, 0) }), null)).toBe("refused");
  expect(took()).toEqual([
    { to: a, kind: "youAreWiped", yourBoot: lifeNumber(4, 0), why: expect.any(String) as string },
    { kind: "envelopeRefused", from: a, why: "oldLife" },
  ]);
});

test("whoever knows a life of ours that we don't remember has met another disk than this one", () => {
  const { door: subject } = door();
  expect(subject.admit(messageOf({ toBoot: lifeNumber(2, 0) }), null)).toBe("admitted");
  expect(subject.admit(messageOf({ toBoot: lifeNumber(3, 0) }), null)).toBe("admitted");
  expect(subject.admit(messageOf({ toBoot: lifeNumber(2, 7) }), null)).toBe("isCopy");
  expect(subject.admit(messageOf({ toBoot: lifeNumber(4, 0) }), null)).toBe("isCopy");
  expect(subject.admit(messageOf({ toBoot: lifeNumber(4, 0), cluster: asCluster("x") }), null)).toBe("refused");
});

test("answers are not answered: two members that hold each other for dead don't write for ever", () => {
  const { door: subject, took } = door();
  subject.admit(messageOf(), null);
  subject.membershipChanged({ ...NO_MEMBERS, removed: [asMember("gone")] });
  subject.admit(messageOf({ boot: lifeNumber(4, 0), body: { kind: "youAreWiped", yourBoot: lifeNumber(1, 0), why: "x" } }), null);
  subject.admit(messageOf({ from: asMember("gone"), body: { kind: "youAreRemoved" } }), null);
  expect(took().map((each) => (each as { kind: string }).kind)).toEqual(["envelopeRefused", "envelopeRefused"]);
});

test("a removed member is told so, unless it leads this one", () => {
  const { door: subject, took } = door();
  subject.membershipChanged({ ...NO_MEMBERS, index: asIndex(9), removed: [a] });
  expect(subject.admit(messageOf(), null)).toBe("refused");
  expect(took()).toEqual([
    { to: a, kind: "youAreRemoved" },
    { kind: "envelopeRefused", from: a, why: "removed" },
  ]);
  expect(subject.admit(messageOf(), a)).toBe("admitted");
});
