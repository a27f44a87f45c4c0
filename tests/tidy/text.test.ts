import { lockFileNamesNoHost, noMachinePaths, noRegistryHosts, nothingIsLeftForLater, packagesArePinned } from "./rules/text.ts";
import { thisRepository, tree } from "./rules/source-tree.ts";

test.each([
  { name: "nothing is left for later", rule: nothingIsLeftForLater },
  { name: "no path of one machine is named", rule: noMachinePaths },
  { name: "no package host is named", rule: noRegistryHosts },
  { name: "the lock file says what, not where from", rule: lockFileNamesNoHost },
  { name: "every package is pinned to one version", rule: packagesArePinned },
])("$name", ({ rule }) => {
  expect(rule(thisRepository())).toEqual([]);
});

// The bad words are put together here, so that this file does not hold them.
test.each([
  { rule: nothingIsLeftForLater, text: `// ${"TO"}${"DO"}: later`, complaint: /leaves something for later/ },
  { rule: nothingIsLeftForLater, text: `// ${"FIX"}${"ME"}`, complaint: /leaves something for later/ },
  {
    rule: noMachinePaths,
    text: `const path = "${["", "home", "someone", "flotilla"].join("/")}";`,
    complaint: /names a path of one machine/,
  },
  { rule: noMachinePaths, text: `cd ${["", "root", "flotilla"].join("/")}`, complaint: /names a path of one machine/ },
  { rule: noRegistryHosts, text: `https://${["registry", "example", "org"].join(".")}/x`, complaint: /names a package host/ },
])("$text is found", ({ rule, text, complaint }) => {
  const complaints = rule(tree({ "core/a.ts": `first line\n${text}\n` }));
  expect(complaints).toHaveLength(1);
  expect(complaints[0]).toMatch(complaint);
  expect(complaints[0]).toMatch(/^core\/a\.ts:2 /);
});

test("a lock file with addresses is found", () => {
  expect(lockFileNamesNoHost(tree({ "package-lock.json": '{ "resolved": "https://x" }' }))).toHaveLength(1);
});

test("a range of versions is found", () => {
  const text = JSON.stringify({
    dependencies: { a: "1.2.3", b: "^1.2.3" },
    devDependencies: { c: "latest", d: "npm:a@1.2.3", e: "npm:a@^1.2.3" },
  });
  expect(packagesArePinned(tree({ "package.json": text }))).toEqual([
    "package.json asks for b ^1.2.3, not for one version",
    "package.json asks for c latest, not for one version",
    "package.json asks for e npm:a@^1.2.3, not for one version",
  ]);
});
