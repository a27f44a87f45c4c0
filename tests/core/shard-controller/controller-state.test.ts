import { asGroup } from "../../../core/base/ids.ts";
import { CONFIGURATION_BYTES_MAX, CONFIGURATIONS_KEPT, ControllerState } from "../../../core/shard-controller/controller-state.ts";
import { afterMove } from "../../../core/shard-controller/next-configuration.ts";
import type { Configuration } from "../../../core/shards/configuration.ts";
import { FIRST_CONFIGURATION } from "../../../core/shards/configuration.ts";
import { addressOf, foundingMembers } from "./groups.ts";

const next = (state: ControllerState): Configuration => ({ ...state.latest, number: state.latest.number + 1 });

test("the newest configurations are kept, and can be had by number", () => {
  const state = new ControllerState();
  for (let i = 0; i < CONFIGURATIONS_KEPT + 4; i++) expect(state.add(next(state))).toBe(true);
  expect(state.latest.number).toBe(CONFIGURATIONS_KEPT + 4);
  expect(state.configurations).toHaveLength(CONFIGURATIONS_KEPT);
  expect(state.oldest.number).toBe(5);
  expect(state.configuration(5)?.number).toBe(5);
  expect(state.configuration(4)).toBeNull();
  expect(state.configuration(CONFIGURATIONS_KEPT + 5)).toBeNull();
});

test("a number that is skipped or comes twice ends the member", () => {
  const state = new ControllerState();
  const skipped = afterMove({ ...FIRST_CONFIGURATION, number: 1 }, 0, asGroup("1"));
  expect(() => state.add(skipped ?? FIRST_CONFIGURATION)).toThrow("without a gap");
  expect(() => state.add(FIRST_CONFIGURATION)).toThrow("without a gap");
});

test("a configuration that is too large changes nothing", () => {
  const state = new ControllerState();
  const digest = state.digest;
  const long = Array.from({ length: 15 }, (_, i) => ({ ...addressOf("x".repeat(200), i), http: "h".repeat(250) }));
  const groups = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`g${i}`, long]));
  expect(JSON.stringify(groups).length).toBeGreaterThan(CONFIGURATION_BYTES_MAX);
  expect(state.add({ ...next(state), groups })).toBe(false);
  expect(state.latest.number).toBe(0);
  expect(state.digest).toBe(digest);
});

test("a founding is never replaced; where its members are may change", () => {
  const state = new ControllerState();
  const founding = { members: foundingMembers("1"), addresses: new Map() };
  state.setFounding(asGroup("1"), founding);
  state.setFounding(asGroup("1"), { ...founding, addresses: new Map([[0, addressOf("1", 0)]]) });
  expect(() => state.setFounding(asGroup("1"), { ...founding, members: foundingMembers("1") })).toThrow("a group is founded once");
  expect(state.foundings.get(asGroup("1"))?.addresses.size).toBe(1);
});
