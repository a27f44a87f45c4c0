import { taskEnvironment, workerConfig } from "../../../services/worker/config.ts";

const GIVEN = { FLOTILLA_COORDINATORS: "http://a:1", FLOTILLA_DATA_DIR: "/data" };

test("what must be given is enough, and nothing may be read or trusted without being told", () => {
  const config = workerConfig(GIVEN);
  expect(config).toMatchObject({ coordinators: ["http://a:1"], dataDir: "/data", fileRoots: [], trustsJobs: false, node: null });
  expect(config.slots).toBeGreaterThanOrEqual(1);
});

test("slots, roots and trust are as they are given", () => {
  const config = workerConfig({
    ...GIVEN,
    FLOTILLA_TASK_SLOTS: "3",
    FLOTILLA_FILE_ROOTS: "/a,/b",
    FLOTILLA_TRUSTED_JOBS: "1",
    FLOTILLA_NODE: "n",
  });
  expect(config).toMatchObject({ slots: 3, fileRoots: ["/a", "/b"], trustsJobs: true, node: "n" });
});

test.each([
  { given: { FLOTILLA_DATA_DIR: "/d" }, says: "FLOTILLA_COORDINATORS is not set" },
  { given: { ...GIVEN, FLOTILLA_TASK_SLOTS: "0" }, says: "FLOTILLA_TASK_SLOTS is" },
  { given: { ...GIVEN, FLOTILLA_TRUSTED_JOBS: "yes" }, says: "FLOTILLA_TRUSTED_JOBS is" },
])("refuses $says", ({ given, says }) => {
  expect(() => workerConfig(given)).toThrow(says);
});

test("the processes of tasks are told where compiled code is, and nothing else", () => {
  expect(taskEnvironment({ ...GIVEN, NODE_COMPILE_CACHE: "/cache", FLOTILLA_DATA_TOKEN: "secret" })).toEqual({
    NODE_COMPILE_CACHE: "/cache",
  });
  expect(taskEnvironment(GIVEN)).toEqual({});
});
