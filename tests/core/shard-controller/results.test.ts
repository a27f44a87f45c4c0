import fc from "fast-check";
import { utf8 } from "../../../core/base/bytes.ts";
import type { ControllerResult } from "../../../core/shard-controller/results.ts";
import { decodeControllerResult, encodeControllerResult, foundingAsJson } from "../../../core/shard-controller/results.ts";
import { FIRST_CONFIGURATION } from "../../../core/shards/configuration.ts";
import { addressOf, foundingMembers } from "./groups.ts";

const FOUNDING = {
  members: foundingMembers("1"),
  addresses: new Map([
    [2, addressOf("1", 2)],
    [0, addressOf("1", 0)],
  ]),
};

const RESULTS: readonly ControllerResult[] = [
  { kind: "changed", number: 3 },
  { kind: "configuration", configuration: FIRST_CONFIGURATION },
  { kind: "noConfiguration", oldest: 4, latest: 1_003 },
  { kind: "founding", founding: null },
  { kind: "founding", founding: FOUNDING },
  { kind: "badRequest", message: "no" },
  { kind: "tooLarge", message: "too much" },
  { kind: "overtaken", message: "ask again" },
];

test.each(RESULTS)("$kind is read as it was written", (result) => {
  expect(decodeControllerResult(encodeControllerResult(result))).toEqual(result);
});

test("equal foundings look the same, whoever announced first", () => {
  const other = { ...FOUNDING, addresses: new Map([...FOUNDING.addresses].reverse()) };
  expect(JSON.stringify(foundingAsJson(other))).toBe(JSON.stringify(foundingAsJson(FOUNDING)));
});

test("anything else is null", () => {
  expect(decodeControllerResult(new Uint8Array())).toBeNull();
  expect(decodeControllerResult(new Uint8Array([9]))).toBeNull();
  for (const body of ["", "null", "{}", "[]", '["a"]', "[[],[]]", '[[{"member":"m"}],[]]', "-1"]) {
    for (const code of [1, 2, 3]) expect(decodeControllerResult(new Uint8Array([code, ...utf8(body)]))).toBeNull();
  }
  fc.assert(
    fc.property(fc.nat(7), fc.json(), (code, text) => {
      expect(() => decodeControllerResult(new Uint8Array([code, ...utf8(text)]))).not.toThrow();
    }),
    { numRuns: 300, seed: 5 },
  );
});
