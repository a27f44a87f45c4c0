// Each rule accepts an image as it should be, and finds what it looks for in one that was spoilt in one way.
import { IMAGE_RULES } from "./image-rules.ts";
import type { BuiltImage, ImageConfig, ImageFile } from "./image-rules.ts";

const label = (key: string, value: string): Record<string, string> => ({ [`org.opencontainers.image.${key}`]: value });
const file = (path: string, mode = 0o644, more: Partial<ImageFile> = {}): ImageFile => ({
  path,
  kind: "file",
  mode,
  owner: 0,
  bytes: 1,
  ...more,
});
const folder = (path: string, mode = 0o755): ImageFile => file(path, mode, { kind: "folder" });

const GOOD: BuiltImage = {
  name: "flotilla-replica",
  version: "1.2.3",
  config: {
    User: "65532:65532",
    Entrypoint: ["node"],
    Cmd: ["/app/replica.mjs"],
    Env: ["PATH=/usr/local/bin:/bin:/nodejs/bin"],
    Labels: {
      ...label("title", "flotilla-replica"),
      ...label("description", "x"),
      ...label("vendor", "x"),
      ...label("licenses", "Apache-2.0"),
      ...label("version", "1.2.3"),
      ...label("revision", "x"),
      ...label("source", "x"),
      ...label("created", "x"),
      ...label("base.name", "x"),
    },
  },
  files: [
    folder("/usr/local/bin"),
    file("/usr/local/bin/node", 0o755),
    file("/lib64/ld-linux-x86-64.so.2", 0o755),
    file("/lib/libstdc++.so.6"),
    file("/etc/passwd"),
    file("/etc/hosts"),
    file("/.dockerenv", 0o755),
    file("/app/replica.mjs"),
    file("/app/replica.mjs.LEGAL.txt"),
    file("/app/replica.mjs.cdx.json"),
    folder("/tmp", 0o1777),
  ],
};

const withFile = (added: ImageFile): BuiltImage => ({ ...GOOD, files: [...GOOD.files, added] });
const withConfig = (changes: Partial<ImageConfig>): BuiltImage => ({ ...GOOD, config: { ...GOOD.config, ...changes } });

const SPOILT: readonly { readonly rule: string; readonly what: string; readonly image: BuiltImage }[] = [
  { rule: "nothingElseIsInIt", what: "a shell", image: withFile(file("/bin/sh", 0o755)) },
  { rule: "nothingElseIsInIt", what: "npm", image: withFile(file("/usr/local/lib/node_modules/npm/package.json")) },
  { rule: "nothingElseIsInIt", what: "a link to a program", image: withFile(file("/bin/sh", 0o777, { kind: "link" })) },
  { rule: "nothingElseIsInIt", what: "a folder of packages", image: withFile(file("/app/node_modules/x/index.js")) },
  { rule: "nothingElseIsInIt", what: "one more library", image: withFile(file("/lib/libssl.so.3")) },
  { rule: "everyBundleHasItsBill", what: "a bundle without one", image: withFile(file("/app/task.mjs")) },
  { rule: "onlyNodeCanBeRun", what: "a second program", image: withFile(file("/app/replica", 0o755)) },
  { rule: "onlyNodeCanBeRun", what: "no program", image: { ...GOOD, files: GOOD.files.filter(({ path }) => !path.endsWith("node")) } },
  { rule: "nothingGivesPrivileges", what: "setuid", image: withFile(file("/app/a.mjs", 0o4755)) },
  { rule: "nothingGivesPrivileges", what: "setgid", image: withFile(file("/app/a.mjs", 0o2755)) },
  {
    rule: "thereIsAPlaceForScratch",
    what: "one for root only",
    image: { ...GOOD, files: GOOD.files.map((each) => (each.path === "/tmp" ? folder("/tmp") : each)) },
  },
  { rule: "nothingCanBeChanged", what: "its own file", image: withFile(file("/app/a.mjs", 0o644, { owner: 65_532 })) },
  { rule: "nothingCanBeChanged", what: "a folder for everybody", image: withFile(folder("/data", 0o777)) },
  { rule: "itIsNotRoot", what: "root", image: withConfig({ User: "" }) },
  { rule: "itIsNotRoot", what: "a name, which nobody can check", image: withConfig({ User: "nonroot" }) },
  { rule: "nodeIsItsFirstProcess", what: "a shell first", image: withConfig({ Entrypoint: ["/bin/sh", "-c"], Cmd: ["node /app/a.mjs"] }) },
  { rule: "nodeIsItsFirstProcess", what: "nothing to run", image: withConfig({ Cmd: null }) },
  { rule: "nodeIsFound", what: "no path", image: withConfig({ Env: null }) },
  { rule: "nodeIsFound", what: "not where others have it", image: withConfig({ Env: ["PATH=/usr/local/bin"] }) },
  { rule: "labelsSayWhatItIs", what: "no labels", image: withConfig({ Labels: null }) },
  { rule: "labelsSayWhatItIs", what: "an empty one", image: withConfig({ Labels: { ...GOOD.config.Labels, ...label("source", "") } }) },
  { rule: "labelsSayWhatItIs", what: "another title", image: withConfig({ Labels: { ...GOOD.config.Labels, ...label("title", "y") } }) },
];

test.each(Object.keys(IMAGE_RULES))("%s holds for a good one", (rule) => {
  expect(IMAGE_RULES[rule]?.(GOOD)).toEqual([]);
});

test.each(SPOILT)("$rule complains of $what", ({ rule, image }) => {
  expect(IMAGE_RULES[rule]?.(image)).not.toEqual([]);
});

test("the command line is called by its name in its own image, and in no other", () => {
  const rules = (image: BuiltImage): readonly string[] =>
    ["nothingElseIsInIt", "onlyNodeCanBeRun"].flatMap((rule) => IMAGE_RULES[rule]?.(image) ?? []);
  const command = file("/usr/local/bin/flotilla", 0o755);
  expect(rules({ ...withFile(command), name: "flotilla-cli" })).toEqual([]);
  expect(rules({ ...withFile({ ...command, mode: 0o644 }), name: "flotilla-cli" })).toEqual(["what can be run is /usr/local/bin/node"]);
  expect(rules(withFile(command))).toHaveLength(2);
});

test("every rule has something that it was shown to find", () => {
  expect([...new Set(SPOILT.map(({ rule }) => rule))].sort()).toEqual(Object.keys(IMAGE_RULES).sort());
});
