import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isJobId } from "../../../../core/mapreduce/job-keys.ts";
import { isJobFile, jobIdFor, parametersIn, urlOf } from "../../../../client/cli/jobs/job-request.ts";

test("paths are of this machine, URLs are what they are", () => {
  expect(urlOf("books")).toBe(pathToFileURL(resolve("books")).href);
  expect(urlOf("s3://bucket/x")).toBe("s3://bucket/x");
});

test.each([
  ["word-count", false],
  ["job.ts", true],
  ["./job.mjs", true],
  ["jobs/count", true],
])("%s is a file: %s", (program, expected) => {
  expect(isJobFile(program)).toBe(expected);
});

test("parameters are pairs", () => {
  expect(parametersIn("a=1,b=x=y")).toEqual({ a: "1", b: "x=y" });
  expect(parametersIn("")).toEqual({});
  expect(() => parametersIn("a")).toThrow("name=value");
});

test.each(["word-count", "./jobs/count.ts", `/somewhere/${"a-long-way/".repeat(9)}job.ts`, "./Ж.ts", "./-/-.ts"])(
  "%s gives an id that is taken",
  (program) => {
    expect(isJobId(jobIdFor(program, "1a2b3c4d"))).toBe(true);
  },
);
