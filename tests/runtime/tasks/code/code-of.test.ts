// Where code without isolation runs.
import { attempt, TestFolder } from "../run-here.ts";

let folder: TestFolder;
beforeEach(() => void (folder = new TestFolder()));
afterEach(() => folder.remove());

test("a worker that trusts no jobs runs no code without isolation, and does not even fetch it", async () => {
  const description = folder.description({ program: { kind: "code", hash: "" }, options: { isolation: "none" } });
  const split = folder.splitOf("text", "a\nb\n");
  let fetched = 0;
  const loadCode = (): Promise<string> => {
    fetched++;
    return Promise.resolve("export default { map() {}, reduce() {} };");
  };
  const { result } = await attempt(
    { job: description.id, phase: "map", task: 0, attempt: 1, description, split, skip: [], boundaries: null },
    folder.environment({ trustsJobs: false, loadCode }),
  );
  expect(result).toMatchObject({ kind: "failed", failure: { reason: "untrusted", record: null } });
  expect(fetched).toBe(0);
});
