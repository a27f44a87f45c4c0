import { asGroup } from "../../../core/base/ids.ts";
import { decodeConfiguration, encodeConfiguration, shardsOf } from "../../../core/shards/configuration.ts";
import { ownConfiguration } from "../../../core/shards/own-configuration.ts";
import { SHARDS } from "../../../core/shards/slots.ts";

test("a group alone owns every shard", () => {
  const own = ownConfiguration(asGroup("7"), [{ peer: "h:1", http: "http://h:2", redis: null }]);
  expect(shardsOf(own, asGroup("7"))).toHaveLength(SHARDS);
  expect(decodeConfiguration(encodeConfiguration(own))).toEqual(own);
});
