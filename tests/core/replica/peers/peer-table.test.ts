import { asCluster, asGroup, asMember } from "../../../../core/base/ids.ts";
import type { BootNumber } from "../../../../core/base/ids.ts";
import { lifeNumber, NO_LIFE_AFTER } from "../../../../core/replica/life-number.ts";
import type { Envelope } from "../../../../core/replica/peer-message.ts";
import { PeerTable, STRANGERS_MAX } from "../../../../core/replica/peers/peer-table.ts";

const NOW = { monotonicMs: 100, wallMs: 0 };

function envelope(from: string, boot: number, fields: Partial<Envelope> = {}): Envelope {
  const [cluster, group, to] = [asCluster("c"), asGroup("g"), asMember("me")];
  return { cluster, group, from: asMember(from), to, boot: lifeNumber(boot, 0), wallMs: 0, version: 1, ...fields };
}

const OWN = { boot: lifeNumber(9, 0), earlierLives: [lifeNumber(7, 0), lifeNumber(8, 0)] };
const tableOf = (bootsSeen: ConstructorParameters<typeof PeerTable>[0]): PeerTable => new PeerTable(bootsSeen, OWN);

test("tells the lives of a peer apart", () => {
  const peers = tableOf({ b: lifeNumber(4, 0) });
  expect(peers.hear(envelope("a", 1), NOW)).toBe("first");
  expect(peers.hear(envelope("a", 1), NOW)).toBe("same");
  expect(peers.hear(envelope("a", 3), NOW)).toBe("restarted");
  expect(peers.hear(envelope("a", 2), NOW)).toBe("oldLife");
  expect(peers.get(asMember("a"))?.boot).toBe(lifeNumber(3, 0));
  // Remembered from an earlier life of our own.
  expect(peers.hear(envelope("b", 3), NOW)).toBe("oldLife");
  expect(peers.hear(envelope("b", 4), NOW)).toBe("same");
});

test("says which lives there are whenever one is new", () => {
  const peers = tableOf({ b: lifeNumber(4, 0) });
  expect(peers.takeChangedBoots()).toBeNull();
  peers.hear(envelope("b", 4), NOW);
  expect(peers.takeChangedBoots()).toBeNull();
  peers.hear(envelope("a", 1), NOW);
  expect(peers.takeChangedBoots()).toEqual({ a: lifeNumber(1, 0), b: lifeNumber(4, 0) });
  expect(peers.takeChangedBoots()).toBeNull();
  peers.hear(envelope("b", 5), NOW);
  peers.hear(envelope("a", 0), NOW);
  expect(peers.takeChangedBoots()).toEqual({ a: lifeNumber(1, 0), b: lifeNumber(5, 0) });
});

test("remembers clock and version of the latest message, and nothing of an old life", () => {
  const peers = tableOf({});
  const a = asMember("a");
  peers.hear(envelope("a", 2, { version: 3 }), NOW);
  expect(peers.get(a)).toMatchObject({ boot: lifeNumber(2, 0), version: 3, clock: null });
  peers.hear(envelope("a", 2, { wallMs: 50, version: 2 }), NOW);
  expect(peers.get(a)).toMatchObject({ boot: lifeNumber(2, 0), version: 2, clock: { wallMs: 50, heardAtMs: 100 } });
  peers.hear(envelope("a", 1, { wallMs: 99, version: 9 }), NOW);
  expect(peers.get(a)).toMatchObject({ boot: lifeNumber(2, 0), version: 2, clock: { wallMs: 50, heardAtMs: 100 } });
});

test("strangers are remembered in small number, members always", () => {
  const peers = tableOf({});
  peers.setMembers([asMember("member")]);
  peers.hear(envelope("member", 9), NOW);
  for (let i = 0; i < 3 * STRANGERS_MAX; i++) peers.hear(envelope(`stranger-${String(i)}`, 1), NOW);
  expect(Object.keys(peers.takeChangedBoots() ?? {}).length).toBe(STRANGERS_MAX + 1);
  expect(peers.hear(envelope("member", 8), NOW)).toBe("oldLife");
  expect(peers.hear(envelope("stranger-0", 0), NOW)).toBe("first");
});

test("a member may be called anything", () => {
  const peers = tableOf(JSON.parse(`{"__proto__":${lifeNumber(3, 0)}}`) as Record<string, never>);
  expect(peers.hear(envelope("__proto__", 2), NOW)).toBe("oldLife");
  peers.hear(envelope("constructor", 1), NOW);
  expect(JSON.stringify(peers.takeChangedBoots())).toBe(`{"__proto__":${lifeNumber(3, 0)},"constructor":${lifeNumber(1, 0)}}`);
});

test("another life of as many starts began from a copy of the disk: the one that was heard first counts", () => {
  const peers = tableOf({});
  expect(peers.hear(envelope("a", 3, { boot: lifeNumber(3, 700) }), NOW)).toBe("first");
  expect(peers.hear(envelope("a", 3, { boot: lifeNumber(3, 9) }), NOW)).toBe("oldLife");
  expect(peers.hear(envelope("a", 3, { boot: lifeNumber(3, 900) }), NOW)).toBe("oldLife");
  expect(peers.hear(envelope("a", 4, { boot: lifeNumber(4, 0) }), NOW)).toBe("restarted");
});

test("whoever does not remember the life that is known here began from a copy, however often it was started since", () => {
  const peers = tableOf({ a: lifeNumber(5, 700) });
  const copy = [lifeNumber(3, 1), lifeNumber(4, 2), lifeNumber(5, 3)];
  expect(peers.hear(envelope("a", 6, { lives: copy }), NOW)).toBe("oldLife");
  expect(peers.hear(envelope("a", 30, { lives: copy }), NOW)).toBe("oldLife");
  expect(peers.hear(envelope("a", 6, { lives: [lifeNumber(4, 2), lifeNumber(5, 700)] }), NOW)).toBe("restarted");
});

test.each([
  { name: "an older program, which says none", lives: undefined },
  { name: "one that kept none of that time", lives: [lifeNumber(6, 1)] },
])("the starts alone count for $name", ({ lives }) => {
  const peers = tableOf({ a: lifeNumber(5, 700) });
  expect(peers.hear(envelope("a", 7, lives === undefined ? {} : { lives }), NOW)).toBe("restarted");
});

test("lives are said until both know each other, and again to a new life", () => {
  const peers = tableOf({});
  const a = asMember("a");
  expect(peers.introduction(a, false)).toEqual({ lives: OWN.earlierLives });
  peers.hear(envelope("a", 4, { lives: [lifeNumber(3, 0)] }), NOW);
  expect(peers.introduction(a, false)).toEqual({ lives: OWN.earlierLives, toBoot: lifeNumber(4, 0) });
  peers.hear(envelope("a", 4, { lives: [lifeNumber(3, 0)], toBoot: OWN.boot }), NOW);
  expect(peers.introduction(a, false)).toEqual({ toBoot: lifeNumber(4, 0) });
  peers.hear(envelope("a", 4), NOW);
  expect(peers.introduction(a, false)).toBeNull();
  peers.hear(envelope("a", 5, { lives: [lifeNumber(4, 0)] }), NOW);
  expect(peers.introduction(a, false)).toEqual({ lives: OWN.earlierLives, toBoot: lifeNumber(5, 0) });
});

test("what is for one life alone says for which, also among those that know each other", () => {
  const peers = tableOf({});
  const a = asMember("a");
  expect(peers.introduction(a, true)).toEqual({ lives: OWN.earlierLives });
  peers.hear(envelope("a", 4, { toBoot: OWN.boot }), NOW);
  expect(peers.introduction(a, false)).toBeNull();
  expect(peers.introduction(a, true)).toEqual({ toBoot: lifeNumber(4, 0) });
  expect(peers.meansUs(envelope("a", 4, { toBoot: OWN.boot }))).toBe(true);
  expect(peers.meansUs(envelope("a", 4, { toBoot: OWN.earlierLives[0] as BootNumber }))).toBe(false);
});

test("an earlier program, which says that seldom, means this life once it has said so", () => {
  const peers = tableOf({});
  expect(peers.meansUs(envelope("a", 4))).toBe(false);
  peers.hear(envelope("a", 4, { toBoot: OWN.boot }), NOW);
  expect(peers.meansUs(envelope("a", 4))).toBe(true);
});

test("no life of an exposed member counts any more, and that is remembered like a life", () => {
  const peers = tableOf({});
  const a = asMember("a");
  peers.hear(envelope("a", 4), NOW);
  peers.takeChangedBoots();
  peers.expose(a);
  expect(peers.hear(envelope("a", 4), NOW)).toBe("oldLife");
  expect(peers.hear(envelope("a", 5), NOW)).toBe("oldLife");
  expect(peers.introduction(a, false)).toMatchObject({ toBoot: NO_LIFE_AFTER });
  const remembered = peers.takeChangedBoots();
  expect(tableOf(remembered ?? {}).hear(envelope("a", 6), NOW)).toBe("oldLife");
});
