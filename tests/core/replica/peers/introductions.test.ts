import { asBoot, asCluster, asGroup, asMember } from "../../../../core/base/ids.ts";
import type { MemberId } from "../../../../core/base/ids.ts";
import { NO_MEMBERS } from "../../../../core/raft/membership.ts";
import { EffectQueue } from "../../../../core/replica/effect-queue.ts";
import { lifeNumber } from "../../../../core/replica/life-number.ts";
import type { PeerMessage } from "../../../../core/replica/peer-message.ts";
import { Introductions } from "../../../../core/replica/peers/introductions.ts";
import { OutgoingMail } from "../../../../core/replica/peers/outgoing-mail.ts";
import { PeerTable } from "../../../../core/replica/peers/peer-table.ts";

const NOW = { monotonicMs: 0, wallMs: 0 };
const MEMBERS = ["a", "b", "c"].map((name) => asMember(name));
const MEMBERSHIP = { ...NO_MEMBERS, voters: MEMBERS };

class Someone {
  readonly effects = new EffectQueue();
  readonly peers: PeerTable;
  readonly introductions: Introductions;

  constructor(self: MemberId, starts: number) {
    const boot = lifeNumber(starts, 0);
    const earlierLives = Array.from({ length: starts - 1 }, (_, i) => lifeNumber(i + 1, 0));
    this.peers = new PeerTable({}, { boot, earlierLives });
    this.peers.setMembers(MEMBERS);
    const identity = { cluster: asCluster("c"), group: asGroup("g"), self, boot };
    const mail = new OutgoingMail({ identity, version: 1, now: NOW, peers: this.peers, effects: this.effects });
    this.introductions = new Introductions({ self, peers: this.peers, mail });
  }

  hear(message: PeerMessage): void {
    this.peers.hear(message, NOW);
    if (message.body.kind === "livesSeen") for (const life of message.body.seen) this.peers.hearOf(life);
    this.introductions.answer(message);
  }

  sent(): readonly PeerMessage[] {
    return this.effects.take().flatMap((effect) => (effect.kind === "sendPeer" ? [effect.message] : []));
  }
}

test("two that meet know each other's life after three letters, and are silent then", () => {
  const [a, b] = [new Someone(asMember("a"), 3), new Someone(asMember("b"), 5)];
  a.introductions.ticked({ ...MEMBERSHIP, voters: [asMember("a"), asMember("b")] });
  const letters: PeerMessage[] = [];
  for (let waiting = a.sent(); waiting.length > 0;) {
    letters.push(...waiting);
    for (const each of waiting) (each.to === "a" ? a : b).hear(each);
    waiting = [...a.sent(), ...b.sent()];
  }
  expect(letters.map(({ from, lives, toBoot }) => ({ from, lives: lives?.length, toBoot }))).toEqual([
    { from: "a", lives: 2, toBoot: undefined },
    { from: "b", lives: 4, toBoot: lifeNumber(3, 0) },
    { from: "a", lives: undefined, toBoot: lifeNumber(5, 0) },
  ]);
  expect([a.peers.get(asMember("b"))?.boot, b.peers.get(asMember("a"))?.boot]).toEqual([lifeNumber(5, 0), lifeNumber(3, 0)]);
});

test("whoever does not answer is told ever more rarely, and not before a first pause", () => {
  const a = new Someone(asMember("a"), 1);
  const ticksOfLetters: number[] = [];
  for (let tick = 1; tick <= 2_000; tick++) {
    a.introductions.ticked(MEMBERSHIP);
    if (a.sent().some(({ to }) => to === "b")) ticksOfLetters.push(tick);
  }
  expect(ticksOfLetters.slice(0, 5)).toEqual([1, 9, 25, 57, 121]);
  expect((ticksOfLetters.at(-1) ?? 0) - (ticksOfLetters.at(-2) ?? 0)).toBe(400);
});

test("what is known of a third is passed on, and what is not of the group is not believed", () => {
  const [a, b] = [new Someone(asMember("a"), 1), new Someone(asMember("b"), 1)];
  const envelope = { cluster: asCluster("c"), group: asGroup("g"), to: asMember("a"), wallMs: 0, version: 1 };
  a.peers.hear({ ...envelope, from: asMember("c"), boot: lifeNumber(7, 0) }, NOW);
  a.peers.hear({ ...envelope, from: asMember("stranger"), boot: lifeNumber(7, 0) }, NOW);
  a.introductions.tellAll(MEMBERSHIP);
  for (const letter of a.sent()) if (letter.to === "b") b.hear(letter);
  expect(b.peers.get(asMember("c"))?.boot).toBe(lifeNumber(7, 0));
  expect(b.peers.hearOf({ member: asMember("stranger"), boot: lifeNumber(7, 0) })).toBe(false);
  expect(b.peers.get(asMember("stranger"))).toBeUndefined();
});

test("only a later life is news, and only of somebody who was known", () => {
  const { peers } = new Someone(asMember("a"), 1);
  const [b, c] = [asMember("b"), asMember("c")];
  expect(peers.hearOf({ member: b, boot: lifeNumber(4, 0) })).toBe(false);
  expect([lifeNumber(3, 0), lifeNumber(4, 9), lifeNumber(5, 1), asBoot(0)].map((boot) => peers.hearOf({ member: b, boot }))).toEqual([
    false,
    false,
    true,
    false,
  ]);
  expect(peers.get(b)?.boot).toBe(lifeNumber(5, 1));
  expect(peers.get(c)).toBeUndefined();
});
