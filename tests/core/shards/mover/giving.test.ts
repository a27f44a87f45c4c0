import { asGroup } from "../../../../core/base/ids.ts";
import { done, refused, unknown } from "../../../../core/base/outcome.ts";
import { utf8 } from "../../../../core/base/bytes.ts";
import { encodeConfiguration } from "../../../../core/shards/configuration.ts";
import { decodeGroupCommand, decodeGroupQuery, decodeStepResult, encodeArrival } from "../../../../core/shards/group-commands.ts";
import { GivingErrand } from "../../../../core/shards/mover/giving.ts";
import type { Action } from "../../../../core/shards/mover/errand.ts";
import { shardOf } from "../../../../core/shards/slots.ts";
import { configurationOf } from "../bench/configurations.ts";
import { freeze, ShardedGroup } from "../sharded-group.ts";

const KEY = "a";

function leaving(): { readonly group: ShardedGroup; readonly errand: GivingErrand } {
  const group = new ShardedGroup("1");
  group.adopt(configurationOf(1, 2, { [KEY]: 1 }));
  group.adopt(configurationOf(2, 2, { [KEY]: 2 }));
  return { group, errand: new GivingErrand(group.machine, shardOf(utf8(KEY))) };
}

const inWords = (action: Action | null): string =>
  action?.kind === "propose" ? (decodeGroupCommand(action.command)?.kind ?? "?") : (action?.kind ?? "nothing");

test("nothing is released before the receiver says that it serves", () => {
  const { group, errand } = leaving();
  freeze(group, { key: KEY, number: 2 });
  for (const outcome of [done(Uint8Array.of(0)), refused("starting", ""), done(new Uint8Array(0))]) {
    expect(inWords(errand.next())).toBe("ask");
    errand.answered(outcome);
  }
  expect(inWords(errand.next())).toBe("ask");
  expect(errand.answered(done(Uint8Array.of(1)))).toBe(0);
  expect(inWords(errand.next())).toBe("release");
});

test("a frozen shard is asked about more often than one that still serves", () => {
  const { group, errand } = leaving();
  const pauseMs = errand.answered(done(Uint8Array.of(0)));
  freeze(group, { key: KEY, number: 2 });
  expect(errand.answered(done(Uint8Array.of(0)))).toBeLessThan(pauseMs);
});

test("F55: after a member that says not yet, which may be cut off from its group, another one is asked", () => {
  const { group, errand } = leaving();
  freeze(group, { key: KEY, number: 2 });
  expect(errand.next()).toMatchObject({ question: { elsewhere: false } });
  errand.answered(done(Uint8Array.of(0)));
  expect(errand.next()).toMatchObject({ question: { elsewhere: true } });
});

test("a shard that stays is given to nobody", () => {
  const group = new ShardedGroup("1");
  group.adopt(configurationOf(1, 2, { [KEY]: 1 }));
  expect(new GivingErrand(group.machine, shardOf(utf8(KEY))).next()).toBeNull();
});

/** The question, or what is proposed and what that does. */
function act(group: ShardedGroup, errand: GivingErrand): string {
  const action = errand.next();
  if (action === null) return "nothing";
  if (action.kind === "ask") return action.question.to === "group" ? (decodeGroupQuery(action.question.operation.bytes)?.kind ?? "?") : "?";
  const outcome = group.apply(action.command);
  errand.proposalEnded();
  return `${inWords(action)} ${outcome.kind === "done" ? (decodeStepResult(outcome.value) ?? "?") : outcome.kind}`;
}

const ARRIVED = done(Uint8Array.of(1));

test("F51: a group that was recovered from a log without its freeze stops serving what its receiver serves, and lets go", () => {
  const { group, errand } = leaving();
  expect(act(group, errand)).toBe("hasArrived");
  errand.answered(ARRIVED);
  expect(act(group, errand)).toBe("configuration");
  expect(errand.answered(done(encodeConfiguration(configurationOf(2, 2, { [KEY]: 2 }))))).toBe(0);
  expect(act(group, errand)).toBe("freeze done");
  expect(act(group, errand)).toBe("release done");
  expect([group.statusOf(KEY).kind, errand.next()]).toEqual(["absent", null]);
});

test.each([
  { name: "another configuration has its number", answer: encodeConfiguration(configurationOf(2, 2, { [KEY]: 1 })) },
  { name: "the receiver keeps its configuration no longer", answer: new Uint8Array(0) },
])("F51: a shard that serves goes on serving where $name, and nothing is proposed", ({ answer }) => {
  const { group, errand } = leaving();
  for (let i = 0; i < 3; i++) {
    expect(act(group, errand)).toBe("hasArrived");
    errand.answered(ARRIVED);
    expect(act(group, errand)).toBe("configuration");
    expect(errand.answered(done(answer))).toBeGreaterThan(0);
  }
  expect(group.statusOf(KEY).kind).toBe("leaving");
});

test("F51: a frozen shard that its receiver has dropped is thawed, and one that still serves is served on", () => {
  const { group, errand } = leaving();
  const dropped = done(encodeArrival("dropped"));
  expect(errand.answered(dropped)).toBeGreaterThan(0);
  expect(act(group, errand)).toBe("hasArrived");
  freeze(group, { key: KEY, number: 2 });
  errand.answered(dropped);
  expect(act(group, errand)).toBe("thaw done");
  expect([group.statusOf(KEY).kind, act(group, errand)]).toEqual(["leaving", "hasArrived"]);
});

test("F51: a frozen shard that a gone receiver had passed on goes once its owner by the settlement serves it, and not before", () => {
  const { group, errand } = leaving();
  freeze(group, { key: KEY, number: 2 });
  const settlement = (frozenTo: readonly string[]): void => {
    group.machine.settlement = { configuration: configurationOf(4, 3, { [KEY]: 3 }), frozenTo: frozenTo.map(asGroup) };
  };
  settlement([]);
  expect(act(group, errand)).toBe("hasArrived");
  errand.answered(unknown("deadline"));
  settlement(["2"]);
  expect(errand.next()).toMatchObject({ question: { group: "3" } });
  for (const outcome of [done(Uint8Array.of(0)), refused("badRequest", "")]) {
    expect(act(group, errand)).not.toContain("release");
    errand.answered(outcome);
  }
  while (act(group, errand) !== "servesLater") errand.answered(unknown("deadline"));
  errand.answered(done(Uint8Array.of(1)));
  expect(act(group, errand)).toBe("release done");
});
