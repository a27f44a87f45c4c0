import { EFFECT_NAMES, neverHappened, noEffects } from "./counters.ts";
import { runShards } from "./shards-world.ts";

const SEEDS = 20;

test("F51, F42, F39: a group is lost at any step of its moves, for ever or for a while: only what it alone had is lost", () => {
  const effects = noEffects();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const result = runShards(seed);
    for (const name of EFFECT_NAMES) effects[name] += result.effects[name];
  }
  expect(neverHappened(effects)).toEqual([]);
});

test("the same seed is the same run", () => {
  expect(runShards(7)).toEqual(runShards(7));
});
