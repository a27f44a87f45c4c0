import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import * as procedures from "./rules/procedures.ts";
import { thisRepository, tree } from "./rules/source-tree.ts";

const ROOT = join(__dirname, "../..");
const scripts = thisRepository().filter(({ path }) => /^docs\/operations\/.*\.sh$/.test(path));

test.each([
  { name: "every procedure is in operations.md, and nothing else is", rule: procedures.proceduresAreDocumented },
  { name: "every procedure is followed by a case", rule: procedures.proceduresAreTested },
  { name: "every procedure stops where it fails", rule: procedures.proceduresStopWhereTheyFail },
  { name: "no procedure needs a newer bash than macOS has", rule: procedures.proceduresNeedNoNewerBash },
])("$name", ({ rule }) => {
  expect(rule(thisRepository())).toEqual([]);
});

test.each(scripts)("bash understands $path, and it can be run", ({ path }) => {
  execFileSync("bash", ["-n", join(ROOT, path)]);
  // It is read by the others, and does nothing by itself.
  if (!path.endsWith("environment.sh")) expect(statSync(join(ROOT, path)).mode & 0o111).not.toBe(0);
});

test("one that is not told of, one that does not exist, and one that nobody runs are found", () => {
  const files = tree({
    "docs/operations.md": "`a.sh`, `gone.sh`",
    "docs/operations/a.sh": "",
    "docs/operations/b.sh": "",
    "docs/operations/environment.sh": "",
    "tests/cluster/cases/x.ts": 'await step("a.sh");',
  });
  expect(procedures.proceduresAreDocumented(files)).toEqual([
    "docs/operations.md does not tell of b.sh",
    "docs/operations.md does not tell of environment.sh",
    "docs/operations.md tells of gone.sh, which does not exist",
  ]);
  expect(procedures.proceduresAreTested(files)).toEqual(["no case runs docs/operations/b.sh"]);
});

test("one that goes on behind a failure, and one that does not say how it is called, are found", () => {
  const right = "#!/usr/bin/env bash\n# Ends it.\n#   docs/operations/a.sh\nset -euo pipefail\n";
  const files = tree({
    "docs/operations/a.sh": right,
    "docs/operations/b.sh": right.replace("set -euo pipefail\n", ""),
    "docs/operations/c.sh": right.replace("#   docs/operations/a.sh\n", ""),
  });
  const said = (path: string): string => `${path} does not begin with what it does, how it is called, and set -euo pipefail`;
  expect(procedures.proceduresStopWhereTheyFail(files)).toEqual([said("docs/operations/b.sh"), said("docs/operations/c.sh")]);
});

test.each(["mapfile -t found", "local -A seen", 'echo "${name,,}"', "make |& tee log", "wait -n"])("%s is found in a procedure", (line) => {
  const files = tree({ "docs/operations/a.sh": `# Not as mapfile does.\n${line}\n`, "docs/operations/b.mjs": line });
  expect(procedures.proceduresNeedNoNewerBash(files)).toEqual([expect.stringMatching(/^docs\/operations\/a\.sh:2 has /) as string]);
});

test("what bash 3.2 knows is no newer bash", () => {
  const text = 'echo "${@:2}" "${list[@]}" "${hosts//,/,http://}" "${1:-}" || :\nlocal -r a\n';
  expect(procedures.proceduresNeedNoNewerBash(tree({ "docs/operations/a.sh": text }))).toEqual([]);
});
