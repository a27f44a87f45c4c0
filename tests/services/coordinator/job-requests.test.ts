import { DEFAULT_OPTIONS } from "../../../core/mapreduce/job.ts";
import { describeJob, hashOf } from "../../../services/coordinator/job-requests.ts";

const GIVEN = { inputs: ["file:/in"], output: "file:/out" };

test("what is not given has its default, and an id is made", () => {
  expect(describeJob({ ...GIVEN, app: "grep" })).toMatchObject({
    id: expect.stringMatching(/^grep-[0-9a-f]{10}$/) as never,
    program: { kind: "app", name: "grep" },
    reduces: 8,
    options: DEFAULT_OPTIONS,
  });
});

test("code is known by its hash", () => {
  expect(describeJob({ ...GIVEN, code: "x", id: "j", options: { skipsMax: 3 } })).toMatchObject({
    id: "j",
    program: { kind: "code", hash: hashOf("x") },
    options: { ...DEFAULT_OPTIONS, skipsMax: 3 },
  });
});

test.each([GIVEN, { ...GIVEN, app: "a", code: "b" }])("a job has an app or code, and not both", (given) => {
  expect(describeJob(given)).toBe('a job has either "app" or "code"');
});

test("what is too long to be kept is refused with what to do instead", () => {
  const inputs = Array.from({ length: 9_000 }, (_, i) => `file:///data/${"x".repeat(120)}/${String(i)}`);
  expect(describeJob({ app: "sort", inputs, output: "file:/out" })).toContain("name folders or patterns");
  expect(describeJob({ app: "sort", inputs: inputs.slice(0, 5_000), output: "file:/out" })).toMatchObject({ output: "file:/out" });
});
