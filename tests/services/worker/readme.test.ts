import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SERVICE, SETTINGS } from "../../../services/worker/config.ts";
import type { Setting } from "../../../runtime/settings/settings.ts";

const ROOT = join(__dirname, "../../..");

function row({ name, fallback, meaning }: Setting): string {
  const shown = fallback === null ? "must be set" : fallback === "" ? "" : `\`${fallback}\``;
  return `| \`${name}\` | ${shown} | ${meaning} |`;
}

test("the README lists every setting as it is, and no other", () => {
  const readme = readFileSync(join(ROOT, "services/worker/README.md"), "utf8");
  const rows = readme.split("\n").filter((line) => line.startsWith("| `FLOTILLA_"));
  expect(rows.map((line) => line.replace(/ +/g, " "))).toEqual(
    Object.values<Setting>(SETTINGS).map((each) => row(each).replace(/ +/g, " ")),
  );
});

test("the service has the package's version", () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
  expect(SERVICE.version).toBe(version);
});
