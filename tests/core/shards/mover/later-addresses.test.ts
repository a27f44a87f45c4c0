import { asGroup } from "../../../../core/base/ids.ts";
import { LaterAddresses } from "../../../../core/shards/mover/later-addresses.ts";
import { configurationOf } from "../bench/configurations.ts";

test("the latest of what was heard, where it is later than what is adopted", () => {
  const later = new LaterAddresses();
  expect([later.number, later.membersOf(asGroup("2"), 0)]).toEqual([0, []]);
  later.learn(configurationOf(5, 2, {}));
  later.learn(configurationOf(4, 1, {}));
  expect([later.number, later.membersOf(asGroup("2"), 4).length, later.membersOf(asGroup("2"), 5)]).toEqual([5, 3, []]);
  expect(later.membersOf(asGroup("toString"), 4)).toEqual([]);
});
