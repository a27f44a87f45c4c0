import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { workerIdIn } from "../../../services/worker/identity.ts";

const directory = mkdtempSync(join(tmpdir(), "worker-"));
afterAll(() => rmSync(directory, { recursive: true }));

test("a worker is the same as long as its directory is there, and another without", () => {
  const id = workerIdIn(directory);
  expect(workerIdIn(directory)).toBe(id);
  expect(readFileSync(join(directory, "worker-id"), "utf8")).toBe(`${id}\n`);
  expect(workerIdIn(join(directory, "other"))).not.toBe(id);
});

test("a name that is none is replaced", () => {
  writeFileSync(join(directory, "worker-id"), "../x");
  expect(workerIdIn(directory)).toMatch(/^w[0-9a-f]{12}$/);
});
