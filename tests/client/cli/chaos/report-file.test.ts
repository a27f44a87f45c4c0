import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { demandReportFile, writeReport } from "../../../../client/cli/chaos/report/report-file.ts";
import { UsageError } from "../../../../client/cli/trouble.ts";

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "report-file-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("an earlier page stays until there is another one", () => {
  const path = join(directory, "chaos.html");
  expect(writeReport(path, "earlier")).toBeNull();
  demandReportFile(path);
  expect(readFileSync(path, "utf8")).toBe("earlier");
  expect(writeReport(path, "new")).toBeNull();
  expect(readFileSync(path, "utf8")).toBe("new");
});

test("a path that leads nowhere is refused at once", () => {
  const path = join(directory, "nowhere", "chaos.html");
  expect(() => demandReportFile(path)).toThrow(UsageError);
  expect(() => demandReportFile(path)).toThrow(path);
});

test("a folder that is gone when the run has ended costs the page, and is told", () => {
  const path = join(directory, "chaos.html");
  demandReportFile(path);
  rmSync(directory, { recursive: true });
  expect(writeReport(path, "page")).toContain(path);
});
