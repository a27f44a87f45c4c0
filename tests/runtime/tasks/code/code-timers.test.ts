// As with isolation: nothing that is emitted is lost without a word.
import type { Emit, JobRecord } from "../../../../core/mapreduce/job-functions.ts";
import { TestFolder } from "../run-here.ts";

let folder: TestFolder;
beforeEach(() => void (folder = new TestFolder()));
afterEach(() => folder.remove());

type Map = (record: JobRecord, emit: Emit) => void;

async function failureOf(map: Map, reduce: (key: string, values: unknown, emit: Emit) => void = () => undefined): Promise<string | null> {
  folder.input("text", "a\nb\n");
  try {
    await folder.runFunctions({ map, reduce });
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

const left = (call: string): string => `\`${call}\` left a timer running`;

test.each<{ name: string; map: Map }>([
  { name: "in a timer", map: ({ value }, emit) => void setTimeout(() => emit(value), 30) },
  {
    name: "in a timer that a promise has started",
    map: ({ value }, emit) => void Promise.resolve().then(() => setTimeout(() => emit(value), 30)),
  },
  {
    name: "again and again",
    map: ({ value }, emit) => {
      const timer = setInterval(() => (clearInterval(timer), emit(value)), 30);
    },
  },
  { name: "in a timer of a timer", map: ({ value }, emit) => void setTimeout(() => setTimeout(() => emit(value), 30), 30) },
])("code without isolation that emits late $name fails", async ({ map }) => {
  expect(await failureOf(map)).toContain(left("map"));
});

test("a reduce that emits in a timer fails as well", async () => {
  const message = await failureOf(
    ({ value }, emit) => emit(value),
    (key, _values, emit) => void setTimeout(() => emit(key), 30),
  );
  expect(message).toContain(left("reduce"));
});

test.each<{ name: string; map: Map }>([
  { name: "was cleared", map: () => clearTimeout(setTimeout(() => undefined, 10_000)) },
  { name: "was cleared by its number", map: () => clearInterval(Number(setInterval(() => undefined, 10_000))) },
  { name: "nobody is to wait for", map: () => void setTimeout(() => undefined, 30).unref() },
  { name: "is an immediate that has fired", map: () => void setImmediate(() => undefined) },
])("a timer that $name fails nothing", async ({ map }) => {
  expect(await failureOf(map)).toBeNull();
});

test("timers of others are none of the code's", async () => {
  const timer = setTimeout(() => undefined, 10_000);
  expect(await failureOf(({ value }, emit) => emit(value))).toBeNull();
  clearTimeout(timer);
});
