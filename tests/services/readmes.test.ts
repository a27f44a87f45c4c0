import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Setting } from "../../runtime/settings/settings.ts";
import * as coordinator from "../../services/coordinator/config.ts";
import * as replica from "../../services/replica/config.ts";
import * as controller from "../../services/shard-controller/config.ts";
import * as worker from "../../services/worker/config.ts";

const ROOT = join(__dirname, "../..");

function row({ name, fallback, meaning }: Setting): string {
  const shown = fallback === null ? "must be set" : fallback === "" ? "" : `\`${fallback}\``;
  return `| \`${name}\` | ${shown} | ${meaning} |`;
}

describe.each([
  ["coordinator", coordinator],
  ["replica", replica],
  ["shard-controller", controller],
  ["worker", worker],
])("services/%s", (folder, { SERVICE, SETTINGS }) => {
  test("the README lists every setting as it is, and no other", () => {
    const readme = readFileSync(join(ROOT, "services", folder, "README.md"), "utf8");
    const rows = readme.split("\n").filter((line) => line.startsWith("| `FLOTILLA_"));
    expect(rows.map((line) => line.replace(/ +/g, " "))).toEqual(
      Object.values<Setting>(SETTINGS).map((each) => row(each).replace(/ +/g, " ")),
    );
  });

  test("it has the package's version", () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
    expect(SERVICE.version).toBe(version);
  });
});
