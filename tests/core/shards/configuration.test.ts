import fc from "fast-check";
import { utf8 } from "../../../core/base/bytes.ts";
import { asGroup } from "../../../core/base/ids.ts";
import type { Configuration } from "../../../core/shards/configuration.ts";
import {
  decodeConfiguration,
  encodeConfiguration,
  FIRST_CONFIGURATION,
  GROUP_MEMBERS_MAX,
  ownerOf,
  shardsOf,
} from "../../../core/shards/configuration.ts";
import { SHARDS } from "../../../core/shards/slots.ts";

const member = (port: number) => ({ peer: `a:${port}`, http: `http://a:${port + 1}`, redis: null });

const EXAMPLE: Configuration = {
  number: 7,
  shards: Array.from({ length: SHARDS }, (_, shard) => (shard === 3 ? null : asGroup(shard % 2 === 0 ? "2" : "10"))),
  groups: { "2": [member(1), member(3)], "10": [member(5)] },
};

test("a configuration comes back as it was", () => {
  expect(decodeConfiguration(encodeConfiguration(EXAMPLE))).toEqual(EXAMPLE);
  expect(decodeConfiguration(encodeConfiguration(FIRST_CONFIGURATION))).toEqual(FIRST_CONFIGURATION);
});

test("the order in which groups were named makes no other bytes", () => {
  const lettered = { ...EXAMPLE, shards: FIRST_CONFIGURATION.shards, groups: { a: [member(1)], b: [member(3)] } };
  expect(encodeConfiguration({ ...lettered, groups: { b: [member(3)], a: [member(1)] } })).toEqual(encodeConfiguration(lettered));
});

test("owners and their shards", () => {
  expect(ownerOf(EXAMPLE, 0)).toBe("2");
  expect(ownerOf(EXAMPLE, 3)).toBeNull();
  expect(shardsOf(EXAMPLE, asGroup("10")).slice(0, 3)).toEqual([1, 5, 7]);
  expect(shardsOf(EXAMPLE, asGroup("none"))).toEqual([]);
});

const owners = (first: unknown): unknown[] => [first, ...new Array<number>(SHARDS - 1).fill(-1)];
const address = ["p", "h", null];

test.each([
  { name: "no JSON", value: "[" },
  { name: "a number below 0", value: [-1, owners(-1), []] },
  { name: "too few shards", value: [1, [-1], []] },
  { name: "an owner that is no group", value: [1, owners(0), []] },
  { name: "a fraction of a group", value: [1, owners(0.5), [["g", [address]]]] },
  { name: "a group without members", value: [1, owners(-1), [["g", []]]] },
  { name: "too many members", value: [1, owners(-1), [["g", new Array(GROUP_MEMBERS_MAX + 1).fill(address)]]] },
  {
    name: "a group twice",
    value: [
      1,
      owners(-1),
      [
        ["g", [address]],
        ["g", [address]],
      ],
    ],
  },
  { name: "a member without addresses", value: [1, owners(-1), [["g", [["p", "", null]]]]] },
])("$name is no configuration", ({ value }) => {
  expect(decodeConfiguration(utf8(typeof value === "string" ? value : JSON.stringify(value)))).toBeNull();
});

test("no bytes make it throw", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => decodeConfiguration(bytes) === null));
  fc.assert(fc.property(fc.json(), (text) => decodeConfiguration(utf8(text)) === null));
});
