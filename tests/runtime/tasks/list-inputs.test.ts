import { attempt, TestFolder } from "./run-here.ts";

let folder: TestFolder;
beforeEach(() => void (folder = new TestFolder()));
afterEach(() => folder.remove());

test("cuts between ranges stay short where lines are long, and lines are sorted all the same", async () => {
  const lines = Array.from({ length: 40 }, (_, i) => `${String((i * 7) % 40).padStart(2, "0")}${"x".repeat(50_000)}`);
  folder.input("text", lines.join("\n"));
  const setting = { program: { kind: "app", name: "sort" }, reduces: 20, options: { partitioner: "range" } } as const;
  const description = folder.description(setting);
  const { result } = await attempt({ job: description.id, phase: "list", task: 0, attempt: 1, description }, folder.environment());
  if (result.kind !== "listed" || result.boundaries === null) throw new Error(JSON.stringify(result));
  expect(result.boundaries).toHaveLength(19);
  expect(JSON.stringify(result.boundaries).length).toBeLessThan(400_000);
  await folder.run(setting);
  expect(folder.output()).toEqual([...lines].sort());
});
