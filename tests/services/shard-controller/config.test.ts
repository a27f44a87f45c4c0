import type { Environment } from "../../../runtime/settings/settings.ts";
import { ConfigError } from "../../../runtime/settings/settings.ts";
import { controllerConfig } from "../../../services/shard-controller/config.ts";

const GIVEN: Environment = { FLOTILLA_ORDINAL: "0", FLOTILLA_PEERS: "127.0.0.1:7301,127.0.0.1:7311", FLOTILLA_DATA_DIR: "/data" };

test("what must be given is enough", () => {
  const config = controllerConfig(GIVEN);
  expect(config).toMatchObject({ group: "controllers", cluster: null, initialGroups: [], peerPort: 7301 });
  expect(Object.isFrozen(config)).toBe(true);
});

test("the first groups are a list", () => {
  expect(controllerConfig({ ...GIVEN, FLOTILLA_INITIAL_GROUPS: "1, 2" }).initialGroups).toEqual(["1", "2"]);
});

test.each([
  { groups: "1,,2", says: "FLOTILLA_INITIAL_GROUPS has a group without a name" },
  { groups: "1,1", says: "FLOTILLA_INITIAL_GROUPS has the same group twice" },
  { groups: "1,controllers", says: 'FLOTILLA_INITIAL_GROUPS has "controllers", which is the controllers\' own group' },
  { groups: Array.from({ length: 257 }, (_, i) => i).join(), says: "FLOTILLA_INITIAL_GROUPS has 257 groups; there are at most 256" },
])("refuses $says", ({ groups, says }) => {
  expect(() => controllerConfig({ ...GIVEN, FLOTILLA_INITIAL_GROUPS: groups })).toThrow(new ConfigError(says));
});
