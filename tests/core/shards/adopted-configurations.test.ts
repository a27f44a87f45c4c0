import { asGroup } from "../../../core/base/ids.ts";
import { AdoptedConfigurations, CONFIGURATIONS_KEPT, decodeConfigurations } from "../../../core/shards/adopted-configurations.ts";
import { configurationOf } from "./bench/configurations.ts";

function adopted(count: number): AdoptedConfigurations {
  const configurations = new AdoptedConfigurations();
  for (let number = 1; number <= count; number++) configurations.adopt(configurationOf(number, number <= 3 ? 3 : 2, { a: 1 }));
  return configurations;
}

test("begins with the configuration in which nobody has anything", () => {
  expect(new AdoptedConfigurations().current.number).toBe(0);
});

test("keeps the last few", () => {
  const configurations = adopted(20);
  expect(configurations.current.number).toBe(20);
  expect(configurations.at(20 - CONFIGURATIONS_KEPT + 1)?.number).toBe(20 - CONFIGURATIONS_KEPT + 1);
  expect(configurations.at(20 - CONFIGURATIONS_KEPT)).toBeNull();
});

test("knows where a group was that is not in the current one any more", () => {
  const configurations = adopted(5);
  expect(configurations.membersOf(asGroup("3"))).toHaveLength(3);
  expect(configurations.membersOf(asGroup("9"))).toEqual([]);
  expect(adopted(20).membersOf(asGroup("3"))).toEqual([]);
});

test("comes back as it was; out of order, empty or damaged it is refused", () => {
  const encoded = adopted(5).encode();
  expect(decodeConfigurations(encoded)?.encode()).toEqual(encoded);
  expect(decodeConfigurations([])?.current.number).toBe(0);
  expect(decodeConfigurations([...encoded].reverse())).toBeNull();
  expect(decodeConfigurations([new Uint8Array(3)])).toBeNull();
});
