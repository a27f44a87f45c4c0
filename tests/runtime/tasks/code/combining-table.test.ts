import { CombiningTable } from "../../../../runtime/tasks/code/combining-table.ts";
import { LateEmits } from "../../../../runtime/tasks/code/late-emits.ts";

type Given = readonly [key: string, value: unknown];
const CONTEXT = { count: () => undefined, options: {} };

function table(
  combine: (key: string, values: Iterable<never>, emit: (key: string | number, value?: unknown) => void) => void,
  bytesMax = 1e6,
) {
  const given: Given[] = [];
  const made = new CombiningTable({
    combine: combine as never,
    context: CONTEXT,
    lateEmits: new LateEmits(),
    give: (key, value) => void given.push([key, value]),
    bytesMax,
  });
  return { made, given };
}

test("what is emitted counts as it was then, though the code fills the same object and the same bytes again", () => {
  const { made, given } = table((key, values, emit) => {
    for (const value of values) emit(key, value);
  });
  const [object, bytes] = [{ n: 0 }, new Uint8Array(1)];
  for (const n of [1, 2]) {
    object.n = n;
    bytes[0] = n;
    made.add("object", object);
    made.add("bytes", bytes);
  }
  made.drain();
  expect(given).toEqual([
    ["object", { n: 1 }],
    ["object", { n: 2 }],
    ["bytes", Uint8Array.of(1)],
    ["bytes", Uint8Array.of(2)],
  ]);
});

test("a combiner that adds to its first value does not make the table forget how much it holds", () => {
  const { made, given } = table((key, values: Iterable<string[]>, emit) => {
    const [first = [], ...more] = values;
    for (const each of more) first.push(...each);
    emit(key, first);
  }, 20_000);
  for (let i = 0; i < 10_000 && given.length === 0; i++) made.add("a", [`value-${String(i)}`]);
  expect(given.length).toBeGreaterThan(0);
  expect((given[0]?.[1] as string[]).length).toBeLessThan(3_000);
});

test("a combiner may give nothing, give more, and give other keys", () => {
  const { made, given } = table((key, values, emit) => {
    if (key === "nothing") return;
    for (const value of values) for (const other of [key, "other"]) emit(other, value);
  });
  for (let i = 0; i < 300; i++) for (const key of ["nothing", "more"]) made.add(key, i);
  made.drain();
  const keys = given.map(([key]) => key);
  expect(keys).not.toContain("nothing");
  const byKey = (wanted: string) => new Set(given.flatMap(([key, value]) => (key === wanted ? [value] : []))).size;
  expect([byKey("more"), byKey("other")]).toEqual([300, 300]);
});

test("combine is not called for a key of which it left no value", () => {
  const called: number[] = [];
  const { made, given } = table((_key, values, emit) => {
    const all: number[] = [...values];
    called.push(all.length);
    emit("other", Math.max(...all));
  });
  for (let n = 0; n < 128; n++) made.add("key", n);
  made.drain();
  expect(called).toEqual([128]);
  expect(given).toEqual([["other", 127]]);
});
