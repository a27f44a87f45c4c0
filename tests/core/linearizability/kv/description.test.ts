import { describeKvInput, describeKvOutput, describeKvState } from "../../../../core/linearizability/kv/description.ts";

test.each([
  { input: { kind: "get", key: "x" } as const, text: "get" },
  { input: { kind: "put", key: "x", value: 'a"' } as const, text: 'put "a\\""' },
  { input: { kind: "append", key: "x", value: "a", ifVersion: 0 } as const, text: 'append "a" if v0' },
  { input: { kind: "increment", key: "x", by: "-1", ifVersion: 3 } as const, text: "increment by -1 if v3" },
  { input: { kind: "delete", key: "x", ifVersion: 3 } as const, text: "delete if v3" },
])("$text", ({ input, text }) => {
  expect(describeKvInput(input)).toBe(text);
});

test.each([
  { output: { kind: "found", value: "a", version: 2 } as const, text: '"a" v2' },
  { output: { kind: "found", value: "a" } as const, text: '"a"' },
  { output: { kind: "absent" } as const, text: "absent" },
  { output: { kind: "written", version: 2, length: 5 } as const, text: "ok v2, 5 bytes" },
  { output: { kind: "written" } as const, text: "ok" },
  { output: { kind: "incremented", value: "7", version: 2 } as const, text: "7 v2" },
  { output: { kind: "incremented" } as const, text: "ok" },
  { output: { kind: "notAnInteger" } as const, text: "no number" },
  { output: { kind: "overflow" } as const, text: "overflow" },
  { output: { kind: "deleted", deleted: true } as const, text: "deleted" },
  { output: { kind: "deleted", deleted: false } as const, text: "nothing to delete" },
  { output: { kind: "versionMismatch", version: 0 } as const, text: "mismatch v0" },
])("answer $text", ({ output, text }) => {
  expect(describeKvOutput(output)).toBe(text);
});

test.each([
  { state: { version: 0, value: null }, text: "absent" },
  { state: { version: 3, value: "a" }, text: '"a" v3' },
  { state: { version: 3, value: null }, text: "a value v3" },
])("state $text", ({ state, text }) => {
  expect(describeKvState(state)).toBe(text);
});
