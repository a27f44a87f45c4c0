import { asGroup } from "../../../../core/base/ids.ts";
import { done, unknown } from "../../../../core/base/outcome.ts";
import { encodeConfiguration } from "../../../../core/shards/configuration.ts";
import { decodeGroupCommand } from "../../../../core/shards/group-commands.ts";
import { FollowingErrand, LOOK_MS } from "../../../../core/shards/mover/following.ts";
import { encodeSettlement } from "../../../../core/shards/settlement.ts";
import { ownConfiguration } from "../../../../core/shards/own-configuration.ts";
import { configurationOf } from "../bench/configurations.ts";
import { freeze, release, ShardedGroup } from "../sharded-group.ts";

test("asks for the next configuration, and proposes what it was given", () => {
  const group = new ShardedGroup("1");
  const errand = new FollowingErrand(group.machine, null);
  expect(errand.next()).toMatchObject({ kind: "ask", question: { to: "controllers", number: 1 } });
  expect(errand.answered(done(new Uint8Array(0)))).toBe(LOOK_MS);
  expect(errand.answered(done(encodeConfiguration(configurationOf(1, 2, { a: 1 }))))).toBe(0);
  const action = errand.next();
  expect(action?.kind === "propose" ? decodeGroupCommand(action.command)?.kind : "").toBe("adopt");
  expect(errand.proposalEnded(unknown("leadershipLost"))).toBeGreaterThan(0);
  expect(errand.next()).toMatchObject({ kind: "ask" });
});

test("F51: while a move is under way nothing is adopted; where groups are by later configurations is asked for all the same", () => {
  const group = new ShardedGroup("1");
  const errand = new FollowingErrand(group.machine, null);
  group.adopt(configurationOf(1, 2, { a: 1 }));
  group.adopt(configurationOf(2, 2, { a: 2 }));
  for (const number of [3, 4]) {
    expect(errand.next()).toMatchObject({ kind: "ask", question: { to: "controllers", number } });
    expect(errand.answered(done(encodeConfiguration(configurationOf(number, 2, { a: 1 }))))).toBe(0);
  }
  expect(errand.next()).toMatchObject({ kind: "ask", question: { to: "controllers", number: 5 } });
  expect(errand.answered(done(new Uint8Array(0)))).toBe(LOOK_MS);
  expect(group.machine.laterAddresses.number).toBe(4);
});

test("F51: a group whose last shard goes while a later configuration is on its way to it skips none: there it may be given one", () => {
  const group = new ShardedGroup("1");
  const errand = new FollowingErrand(group.machine, null);
  group.adopt(configurationOf(1, 2, { a: 1 }));
  group.adopt(configurationOf(2, 2, { a: 2 }));
  errand.next();
  errand.answered(done(encodeConfiguration(configurationOf(3, 2, { a: 1 }))));
  expect(errand.next()).toMatchObject({ kind: "ask", question: { to: "controllers", number: 4 } });
  freeze(group, { key: "a", number: 2 });
  release(group, { key: "a", number: 2 });
  expect(group.machine.state.isEmpty).toBe(true);
  errand.answered(done(encodeConfiguration(configurationOf(4, 2, { a: 2 }))));
  expect(errand.next()).toMatchObject({ kind: "ask", question: { to: "controllers", number: 3 } });
  errand.answered(done(encodeConfiguration(configurationOf(3, 2, { a: 1 }))));
  expect(errand.next()).toMatchObject({ kind: "propose" });
});

test("a group that has nothing takes the oldest configuration where the next one is forgotten", () => {
  const group = new ShardedGroup("2");
  const errand = new FollowingErrand(group.machine, null);
  group.adopt(configurationOf(1, 2, { a: 1 }));
  expect(errand.next()).toMatchObject({ kind: "ask", question: { to: "controllers", number: 2 } });
  errand.answered(done(encodeConfiguration(configurationOf(9, 2, { a: 1 }))));
  expect(errand.next()).toMatchObject({ kind: "propose" });
});

test("a group whose next configuration is forgotten, and that has shards, asks no more often than one that waits, and tells", () => {
  const group = new ShardedGroup("1");
  const errand = new FollowingErrand(group.machine, null);
  group.adopt(configurationOf(1, 2, { a: 1 }));
  for (let i = 0; i < 2; i++) {
    expect(errand.next()).toMatchObject({ kind: "ask", question: { to: "controllers", number: 2 } });
    expect(errand.answered(done(encodeConfiguration(configurationOf(9, 2, { a: 1 }))))).toBe(LOOK_MS);
    expect(group.machine.forgotten).toBe(2);
  }
  errand.next();
  expect(errand.answered(done(encodeConfiguration(configurationOf(2, 2, { a: 1 }))))).toBe(0);
  expect(group.machine.forgotten).toBe(0);
  expect(errand.next()).toMatchObject({ kind: "propose" });
});

test("while a move is under way a group asks on behind a configuration that is forgotten, and learns where others are", () => {
  const group = new ShardedGroup("1");
  const errand = new FollowingErrand(group.machine, null);
  group.adopt(configurationOf(1, 2, { a: 1 }));
  group.adopt(configurationOf(2, 2, { a: 2 }));
  expect(errand.next()).toMatchObject({ question: { number: 3 } });
  expect(errand.answered(done(encodeConfiguration(configurationOf(9, 2, { a: 1 }))))).toBe(0);
  expect(errand.next()).toMatchObject({ question: { number: 10 } });
});

test("without controllers a group adopts its own configuration, once", () => {
  const group = new ShardedGroup("1");
  const own = ownConfiguration(asGroup("1"), [{ peer: "h:1", http: "http://h:2", redis: null }]);
  const errand = new FollowingErrand(group.machine, own);
  expect(errand.next()).toMatchObject({ kind: "propose" });
  group.adopt(own);
  expect(errand.next()).toBeNull();
});

test("F51: a settlement is proposed in the middle of moves, and between two proposals in vain it is asked on", () => {
  const group = new ShardedGroup("1");
  const errand = new FollowingErrand(group.machine, null);
  group.adopt(configurationOf(1, 2, { a: 1 }));
  group.adopt(configurationOf(2, 2, { a: 2 }));
  errand.next();
  errand.answered(done(encodeConfiguration(configurationOf(3, 2, { a: 1 }))));
  errand.next();
  errand.answered(done(encodeSettlement({ configuration: configurationOf(4, 2, { a: 1 }), frozenTo: [] })));
  // Another life of the same leader's machine knows it, too.
  for (const each of [errand, new FollowingErrand(group.machine, null)]) {
    const action = each.next();
    expect(action?.kind === "propose" ? decodeGroupCommand(action.command)?.kind : "").toBe("settle");
  }
  errand.proposalEnded(unknown("leadershipLost"));
  expect(errand.next()).toMatchObject({ kind: "ask", question: { to: "controllers", number: 5 } });
  errand.answered(done(new Uint8Array(0)));
  expect(errand.next()).toMatchObject({ kind: "propose" });
});

test("a settlement is adopted like any other where no move is under way", () => {
  const group = new ShardedGroup("1");
  const errand = new FollowingErrand(group.machine, null);
  errand.next();
  errand.answered(done(encodeSettlement({ configuration: configurationOf(1, 2, { a: 1 }), frozenTo: [] })));
  const action = errand.next();
  expect(action?.kind === "propose" ? decodeGroupCommand(action.command)?.kind : "").toBe("adopt");
});
