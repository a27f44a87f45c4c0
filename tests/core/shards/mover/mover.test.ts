import { utf8 } from "../../../../core/base/bytes.ts";
import { asTerm } from "../../../../core/base/ids.ts";
import { done } from "../../../../core/base/outcome.ts";
import type { CompanionEffect } from "../../../../core/replica/companion.ts";
import { decodeGroupCommand } from "../../../../core/shards/group-commands.ts";
import { COPY_TIMEOUT_MS } from "../../../../core/shards/mover/errand.ts";
import { GIVES_MAX, Mover } from "../../../../core/shards/mover/mover.ts";
import { PULLS_MAX } from "../../../../core/shards/mover/pace.ts";
import { shardOf } from "../../../../core/shards/slots.ts";
import { configurationOf } from "../bench/configurations.ts";
import { ShardedGroup } from "../sharded-group.ts";

const KEYS = Array.from({ length: 40 }, (_, i) => `key-${String(i)}`);
const SHARDS = new Set(KEYS.map((key) => shardOf(utf8(key)))).size;

const owned = (owner: number): Record<string, number> => Object.fromEntries(KEYS.map((key) => [key, owner]));

/** Group 1 is about to give everything to group 2. */
function groups(): { readonly giving: ShardedGroup; readonly pulling: ShardedGroup } {
  const [giving, pulling] = [new ShardedGroup("1"), new ShardedGroup("2")];
  for (const group of [giving, pulling]) group.adopt(configurationOf(1, 2, owned(1)));
  for (const group of [giving, pulling]) group.adopt(configurationOf(2, 2, owned(2)));
  return { giving, pulling };
}

const tick = (mover: Mover, nowMs: number, { isLeading = true, term = 1 } = {}): readonly CompanionEffect[] =>
  mover.step({ kind: "tick", nowMs, isLeading, term: asTerm(term) });

/** Of groups; controllers are asked at any time. */
const asksIn = (effects: readonly CompanionEffect[]): readonly Extract<CompanionEffect, { readonly kind: "ask" }>[] =>
  effects.filter((effect) => effect.kind === "ask").filter(({ question }) => question.to === "group");

test("who doesn't lead does nothing", () => {
  const mover = new Mover({ machine: groups().pulling.machine, own: null });
  expect(tick(mover, 0, { isLeading: false })).toEqual([]);
});

test("few shards are moved at the same time", () => {
  expect(SHARDS).toBeGreaterThan(GIVES_MAX);
  const { giving, pulling } = groups();
  expect(asksIn(tick(new Mover({ machine: pulling.machine, own: null }), 0))).toHaveLength(PULLS_MAX);
  expect(asksIn(tick(new Mover({ machine: giving.machine, own: null }), 0))).toHaveLength(GIVES_MAX);
});

test("a group that is down holds up no other", () => {
  const receiver = new ShardedGroup("3");
  const owners = Object.fromEntries(KEYS.map((key, i) => [key, i < 20 ? 1 : 2]));
  receiver.adopt(configurationOf(1, 3, owners));
  receiver.adopt(configurationOf(2, 3, owned(3)));
  const asked = asksIn(tick(new Mover({ machine: receiver.machine, own: null }), 0)).map(({ question }) =>
    question.to === "group" ? question.group : "",
  );
  expect(asked.sort()).toEqual([...new Array<string>(PULLS_MAX).fill("1"), ...new Array<string>(PULLS_MAX).fill("2")]);
});

test("one thing of an errand is under way at a time; an answer that never comes is given up", () => {
  const mover = new Mover({ machine: groups().pulling.machine, own: null });
  expect(tick(mover, 0)).not.toEqual([]);
  expect(asksIn(tick(mover, COPY_TIMEOUT_MS))).toEqual([]);
  expect(asksIn(tick(mover, 2 * COPY_TIMEOUT_MS))).toHaveLength(PULLS_MAX);
});

test("a new office begins anew, and answers to the old one are nobody's", () => {
  const mover = new Mover({ machine: groups().pulling.machine, own: null });
  const [first] = asksIn(tick(mover, 0));
  expect(asksIn(tick(mover, 1, { term: 2 }))).toHaveLength(PULLS_MAX);
  expect(mover.step({ kind: "answered", ask: first?.ask ?? 0, outcome: done(new Uint8Array(0)), configNumber: 2 })).toEqual([]);
});

test("a group that answers with an older configuration is given the next one, until it answers with a newer", () => {
  const { pulling } = groups();
  const mover = new Mover({ machine: pulling.machine, own: null });
  const [ask] = asksIn(tick(mover, 0));
  mover.step({ kind: "answered", ask: ask?.ask ?? 0, outcome: done(new Uint8Array(0)), configNumber: 1 });
  const passed = asksIn(tick(mover, 1)).find(({ question }) => question.to === "group" && question.operation.kind === "write");
  const bytes = passed?.question.to === "group" ? passed.question.operation.bytes : new Uint8Array(0);
  expect(decodeGroupCommand(bytes)?.kind).toBe("adopt");
  mover.step({ kind: "answered", ask: passed?.ask ?? 0, outcome: done(Uint8Array.of(0)), configNumber: 2 });
  expect(asksIn(tick(mover, 200)).filter(({ question }) => question.to === "group" && question.operation.kind === "write")).toEqual([]);
});
