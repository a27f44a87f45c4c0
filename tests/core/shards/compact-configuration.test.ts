import { asGroup } from "../../../core/base/ids.ts";
import { Random } from "../../../core/base/random.ts";
import { decodeCompactly, encodeCompactly } from "../../../core/shards/compact-configuration.ts";
import { ownConfiguration } from "../../../core/shards/own-configuration.ts";
import { configurationOf, randomConfigurations } from "./bench/configurations.ts";

const KEYS = Array.from({ length: 100 }, (_, i) => `key-${String(i)}`);

test("comes back as it was, whoever owns what", () => {
  const some = [configurationOf(3, 2, {}), ...randomConfigurations(new Random(1), { keys: KEYS, groups: 7, count: 5 })];
  for (const configuration of some) expect(decodeCompactly(encodeCompactly(configuration))).toEqual(configuration);
});

test("one owner of everything takes no room", () => {
  const own = ownConfiguration(asGroup("1"), [{ peer: "127.0.0.1:7400", http: "http://127.0.0.1:7401", redis: null }]);
  expect(encodeCompactly(own).length).toBeLessThan(100);
});

test("an owner that is no group, cut bytes, any bytes: none, and nothing throws", () => {
  const bytes = encodeCompactly(configurationOf(3, 2, { a: 1 }));
  for (let length = 0; length < bytes.length; length++) expect(decodeCompactly(bytes.slice(0, length))).toBeNull();
  expect(decodeCompactly(encodeCompactly({ ...configurationOf(3, 2, {}), shards: configurationOf(3, 9, { a: 9 }).shards }))).toBeNull();
  const random = new Random(1);
  for (let i = 0; i < 2_000; i++) {
    const damaged = bytes.slice();
    damaged[random.between(0, damaged.length - 1)] = random.between(0, 255);
    decodeCompactly(damaged);
  }
});
