import { KV_MODEL } from "../../../core/linearizability/kv-model.ts";
import type { KvState } from "../../../core/linearizability/kv/specification.ts";
import type { KvHistory, KvInput, KvOutput } from "../../../core/linearizability/kv-operations.ts";

const ABSENT: KvState = { version: 0, value: null, length: 0 };
const key = "x";
const LARGEST = "9223372036854775807";

function held(value: string, version: number): KvState {
  return { version, value, length: Buffer.byteLength(value) };
}

type Row = { readonly from: KvState; readonly input: KvInput; readonly output: KvOutput; readonly to: KvState | null };

const ROWS: readonly Row[] = [
  { from: ABSENT, input: { kind: "get", key }, output: { kind: "absent" }, to: ABSENT },
  { from: ABSENT, input: { kind: "get", key }, output: { kind: "found", value: "" }, to: null },
  { from: held("a", 2), input: { kind: "get", key }, output: { kind: "found", value: "a", version: 2 }, to: held("a", 2) },
  { from: held("a", 2), input: { kind: "get", key }, output: { kind: "found", value: "a" }, to: held("a", 2) },
  { from: held("a", 2), input: { kind: "get", key }, output: { kind: "found", value: "a", version: 3 }, to: null },
  { from: held("a", 2), input: { kind: "get", key }, output: { kind: "found", value: "b", version: 2 }, to: null },
  { from: held("a", 2), input: { kind: "get", key }, output: { kind: "absent" }, to: null },
  { from: ABSENT, input: { kind: "put", key, value: "b" }, output: { kind: "written", version: 1 }, to: held("b", 1) },
  { from: held("a", 2), input: { kind: "put", key, value: "b" }, output: { kind: "written", version: 3 }, to: held("b", 3) },
  { from: held("a", 2), input: { kind: "put", key, value: "b" }, output: { kind: "written" }, to: held("b", 3) },
  { from: held("a", 2), input: { kind: "put", key, value: "b" }, output: { kind: "written", version: 2 }, to: null },
  { from: ABSENT, input: { kind: "put", key, value: "b", ifVersion: 0 }, output: { kind: "written", version: 1 }, to: held("b", 1) },
  { from: held("a", 2), input: { kind: "put", key, value: "b", ifVersion: 2 }, output: { kind: "written", version: 3 }, to: held("b", 3) },
  { from: held("a", 2), input: { kind: "put", key, value: "b", ifVersion: 1 }, output: { kind: "written", version: 3 }, to: null },
  {
    from: held("a", 2),
    input: { kind: "put", key, value: "b", ifVersion: 1 },
    output: { kind: "versionMismatch", version: 2 },
    to: held("a", 2),
  },
  { from: held("a", 2), input: { kind: "put", key, value: "b", ifVersion: 1 }, output: { kind: "versionMismatch" }, to: held("a", 2) },
  { from: held("a", 2), input: { kind: "put", key, value: "b", ifVersion: 1 }, output: { kind: "versionMismatch", version: 1 }, to: null },
  { from: held("a", 2), input: { kind: "put", key, value: "b", ifVersion: 2 }, output: { kind: "versionMismatch", version: 2 }, to: null },
  { from: ABSENT, input: { kind: "append", key, value: "é" }, output: { kind: "written", version: 1, length: 2 }, to: held("é", 1) },
  { from: held("é", 1), input: { kind: "append", key, value: "b" }, output: { kind: "written", version: 2, length: 3 }, to: held("éb", 2) },
  { from: held("é", 1), input: { kind: "append", key, value: "b" }, output: { kind: "written", version: 2, length: 2 }, to: null },
  { from: held("", 1), input: { kind: "append", key, value: "b" }, output: { kind: "written" }, to: held("b", 2) },
  {
    from: held("a", 1),
    input: { kind: "append", key, value: "b", ifVersion: 0 },
    output: { kind: "versionMismatch", version: 1 },
    to: held("a", 1),
  },
  {
    from: ABSENT,
    input: { kind: "increment", key, by: "-2" },
    output: { kind: "incremented", value: "-2", version: 1 },
    to: held("-2", 1),
  },
  { from: held("9", 2), input: { kind: "increment", key, by: "1" }, output: { kind: "incremented", value: "10" }, to: held("10", 3) },
  { from: held("9", 2), input: { kind: "increment", key, by: "1" }, output: { kind: "incremented", value: "11" }, to: null },
  { from: held("9", 2), input: { kind: "increment", key, by: "1" }, output: { kind: "incremented", version: 2 }, to: null },
  { from: held("9", 2), input: { kind: "increment", key, by: "1" }, output: { kind: "notAnInteger" }, to: null },
  { from: held("09", 2), input: { kind: "increment", key, by: "1" }, output: { kind: "notAnInteger" }, to: held("09", 2) },
  { from: held("", 2), input: { kind: "increment", key, by: "1" }, output: { kind: "notAnInteger" }, to: held("", 2) },
  { from: held(LARGEST, 2), input: { kind: "increment", key, by: "1" }, output: { kind: "overflow" }, to: held(LARGEST, 2) },
  { from: held(LARGEST, 2), input: { kind: "increment", key, by: "0" }, output: { kind: "incremented" }, to: held(LARGEST, 3) },
  {
    from: held("9", 2),
    input: { kind: "increment", key, by: "1", ifVersion: 1 },
    output: { kind: "versionMismatch", version: 2 },
    to: held("9", 2),
  },
  { from: held("a", 2), input: { kind: "delete", key }, output: { kind: "deleted", deleted: true }, to: ABSENT },
  { from: held("a", 2), input: { kind: "delete", key }, output: { kind: "deleted", deleted: false }, to: null },
  { from: ABSENT, input: { kind: "delete", key }, output: { kind: "deleted", deleted: false }, to: ABSENT },
  { from: ABSENT, input: { kind: "delete", key, ifVersion: 0 }, output: { kind: "deleted", deleted: false }, to: ABSENT },
  { from: held("a", 2), input: { kind: "delete", key, ifVersion: 2 }, output: { kind: "deleted", deleted: true }, to: ABSENT },
  { from: held("a", 2), input: { kind: "delete", key, ifVersion: 3 }, output: { kind: "versionMismatch", version: 2 }, to: held("a", 2) },
];

test.each(ROWS)("$from.value v$from.version, $input, told $output", ({ from, input, output, to }) => {
  expect(KV_MODEL.step(from, input, output)).toEqual(to);
});

test.each(ROWS.filter(({ to }) => to !== null))(
  "an unknown answer leads where the right one does: $from.value $input",
  ({ from, input, to }) => {
    expect(KV_MODEL.step(from, input, null)).toEqual(to);
  },
);

test("what has no effect returns the very state that it was given", () => {
  const state = held("a", 2);
  expect(KV_MODEL.step(state, { kind: "get", key }, null)).toBe(state);
  expect(KV_MODEL.step(state, { kind: "put", key, value: "b", ifVersion: 9 }, null)).toBe(state);
  expect(KV_MODEL.step(KV_MODEL.initial, { kind: "delete", key }, null)).toBe(KV_MODEL.initial);
});

test("states with equal keys are equal", () => {
  const states = [
    ABSENT,
    held("", 1),
    held("a", 1),
    held("a", 12),
    held("2=a", 1),
    { version: 1, value: null, length: 0 },
    { version: 1, value: null, length: 1 },
  ];
  expect(new Set(states.map((state) => KV_MODEL.stateKey(state))).size).toBe(states.length);
});

describe("narrowed to what one partition shows", () => {
  const put = (value: string): KvHistory[number] => ({
    client: "c1",
    calledAt: 1,
    input: { kind: "put", key, value },
    outcome: { kind: "unknown" },
  });
  const read = (value: string, version?: number): KvHistory[number] => ({
    ...{ client: "c2", calledAt: 2, input: { kind: "get", key } },
    outcome: { kind: "done", returnedAt: 3, output: version === undefined ? { kind: "found", value } : { kind: "found", value, version } },
  });
  const focused = (partition: KvHistory) => KV_MODEL.focus?.(partition) ?? KV_MODEL;

  test("values that no read begins with are one state, and their writes one class", () => {
    const model = focused([put("a"), put("b"), put("c"), read("ab")]);
    const after = (value: string) => model.step(model.initial, { kind: "put", key, value }, null);
    expect(after("b")).toEqual(after("c"));
    expect(after("a")).not.toEqual(after("b"));
    expect(model.inputKey({ kind: "put", key, value: "b" })).toBe(model.inputKey({ kind: "put", key, value: "c" }));
    expect(model.inputKey({ kind: "put", key, value: "a" })).not.toBe(model.inputKey({ kind: "put", key, value: "c" }));
    expect(model.inputKey({ kind: "append", key, value: "b" })).not.toBe(model.inputKey({ kind: "append", key, value: "c" }));
  });

  test("guards keep writes apart", () => {
    const model = focused([put("a")]);
    expect(model.inputKey({ kind: "put", key, value: "a", ifVersion: 1 })).not.toBe(model.inputKey({ kind: "put", key, value: "a" }));
    expect(model.inputKey({ kind: "delete", key, ifVersion: 1 })).not.toBe(model.inputKey({ kind: "delete", key }));
  });

  test("versions that nobody saw are not counted", () => {
    const [one, two] = [focused([put("a"), read("a")]), focused([put("a"), read("a", 4)])];
    const twice = (model: typeof one) =>
      model.step(model.step(model.initial, { kind: "put", key, value: "a" }, null) as KvState, { kind: "put", key, value: "a" }, null);
    expect(twice(one)?.version).toBe(1);
    expect(twice(two)?.version).toBe(2);
  });

  test.each([
    { name: "near enough", version: 2, unknownLeft: 1, value: "b", can: true },
    { name: "too far", version: 1, unknownLeft: 1, value: "b", can: false },
    { name: "passed", version: 4, unknownLeft: 9, value: "b", can: false },
    { name: "there with another value", version: 3, unknownLeft: 9, value: "b", can: false },
    { name: "there", version: 3, unknownLeft: 0, value: "a", can: true },
  ])("a read of version 3 from version $version with $unknownLeft unknown writes: $name", ({ version, unknownLeft, value, can }) => {
    const target = {
      ...read("a", 3),
      outcome: { kind: "done", returnedAt: 3, output: { kind: "found", value: "a", version: 3 } },
    } as const;
    const model = focused([put("a"), put("b"), target]);
    expect(model.canReach?.(held(value, version), target, unknownLeft)).toBe(can);
  });
});
