import { Random } from "../../../core/base/random.ts";
import { Bench } from "./bench/bench.ts";
import { randomConfigurations } from "./bench/configurations.ts";
import { judge } from "./bench/judge.ts";

const KEYS = ["{a}", "{b}", "{c}", "{d}"];

function seeds(from: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}

test.each(seeds(1, 40))("F51, F42, F39: moves under every fault lose nothing and double nothing (seed %i)", (seed) => {
  const configurations = randomConfigurations(new Random(seed).child("configurations"), { keys: KEYS, groups: 3, count: 5 });
  const skewsMs = [0, 40_000, -40_000];
  const bench = new Bench({ seed, groups: 3, configurations, keys: KEYS, skewsMs, changesMax: seed % 4 === 0 ? 3 : 1_000 });
  for (let i = 0; i < configurations.length; i++) {
    bench.announce();
    bench.run(bench.random.between(20, 250));
    bench.areControllersUp = bench.random.chance(0.7);
  }
  bench.heal();
  judge(bench, KEYS);
});
