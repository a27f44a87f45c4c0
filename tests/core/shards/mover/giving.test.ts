import { done, refused } from "../../../../core/base/outcome.ts";
import { utf8 } from "../../../../core/base/bytes.ts";
import { decodeGroupCommand } from "../../../../core/shards/group-commands.ts";
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
