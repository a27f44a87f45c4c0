import { asBatch, asBoot, asCluster, asGroup, asMember, asTerm } from "../../../../core/base/ids.ts";
import type { Message } from "../../../../core/raft/messages.ts";
import { EffectQueue } from "../../../../core/replica/effect-queue.ts";
import { HELD_MESSAGES_MAX, OutgoingMail } from "../../../../core/replica/peers/outgoing-mail.ts";

const identity = { cluster: asCluster("c"), group: asGroup("g"), self: asMember("me"), boot: asBoot(3) };

function office(): { readonly mail: OutgoingMail; readonly now: { monotonicMs: number; wallMs: number }; readonly sent: () => string[] } {
  const effects = new EffectQueue();
  const now = { monotonicMs: 0, wallMs: 0 };
  const mail = new OutgoingMail({ identity, peers: { introduction: () => ({}) }, version: 2, now, effects });
  const sent = (): string[] => effects.take().map((effect) => (effect.kind === "sendPeer" ? effect.message.to : effect.kind));
  return { mail, now, sent };
}

const to = (member: string): Message => ({ kind: "campaignNow", from: asMember("me"), to: asMember(member), term: asTerm(1) });

test("an envelope says from whom, of which life, at what time and of which version", () => {
  const effects = new EffectQueue();
  const mail = new OutgoingMail({
    identity,
    peers: { introduction: () => ({}) },
    version: 2,
    now: { monotonicMs: 7, wallMs: 1_234.9 },
    effects,
  });
  mail.send([to("a")]);
  const body = { kind: "raft", message: to("a") };
  const message = { cluster: "c", group: "g", from: "me", to: "a", boot: 3, wallMs: 1_234, version: 2, body };
  expect(effects.take()).toEqual([{ kind: "sendPeer", message }]);
});

test("a message waits for its write, and a confirmation releases all up to it, in order", () => {
  const { mail, sent } = office();
  mail.sendOnceDurable({ batch: asBatch(1), messages: [to("a"), to("b")] });
  mail.sendOnceDurable({ batch: asBatch(2), messages: [to("c")] });
  mail.sendOnceDurable({ batch: asBatch(3), messages: [to("d")] });
  expect(sent()).toEqual([]);
  mail.release(asBatch(2));
  expect(sent()).toEqual(["a", "b", "c"]);
  mail.release(asBatch(3));
  expect(sent()).toEqual(["d"]);
  mail.release(asBatch(3));
  expect(sent()).toEqual([]);
});

test("what is durable already needs no waiting, and a late confirmation takes nothing back", () => {
  const { mail, sent } = office();
  mail.release(asBatch(5));
  mail.release(asBatch(4));
  mail.sendOnceDurable({ batch: asBatch(5), messages: [to("a")] });
  expect(sent()).toEqual(["a"]);
  mail.sendOnceDurable({ batch: asBatch(6), messages: [to("b")] });
  expect(sent()).toEqual([]);
});

test("a disk that takes nothing holds back only so many messages, the latest ones", () => {
  const { mail, sent } = office();
  for (let i = 0; i < HELD_MESSAGES_MAX + 3; i++) mail.sendOnceDurable({ batch: asBatch(1), messages: [to(String(i))] });
  mail.release(asBatch(1));
  const released = sent();
  expect(released).toHaveLength(HELD_MESSAGES_MAX);
  expect(released[0]).toBe("3");
  mail.sendOnceDurable({ batch: asBatch(2), messages: [to("a")] });
  mail.release(asBatch(2));
  expect(sent()).toEqual(["a"]);
});
