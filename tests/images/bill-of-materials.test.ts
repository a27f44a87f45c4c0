// A bundle's bill of materials names what is in it, as the lock file does, and nothing else.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { billOfMaterials } from "../../docker/bill-of-materials.ts";
import type { LockFile } from "../../docker/bill-of-materials.ts";

type Component = {
  readonly group?: string;
  readonly name: string;
  readonly purl: string;
  readonly licenses?: readonly { readonly expression: string }[];
  readonly hashes?: readonly { readonly content: string }[];
};
type Bill = { readonly metadata: { readonly component: unknown }; readonly components: readonly Component[] };

const ROOT = join(__dirname, "../..");
const LOCK: LockFile = {
  packages: {
    "": { version: "1.2.3", license: "Apache-2.0" },
    "node_modules/a": { version: "1.0.0", license: "MIT", integrity: `sha512-${Buffer.from("bytes").toString("base64")}` },
    "node_modules/a/node_modules/@of/b": { version: "2.0.0", license: "(MIT OR CC0-1.0)" },
    "node_modules/b-5": { name: "@of/b", version: "5.0.0", license: "ISC" },
    "node_modules/c": { version: "3.0.0", license: "MIT" },
  },
};

function bill(inputs: Readonly<Record<string, number>>): Bill {
  const files = Object.fromEntries(Object.entries(inputs).map(([path, bytesInOutput]) => [path, { bytesInOutput }]));
  return JSON.parse(billOfMaterials({ bundle: "replica", inputs: files, lock: LOCK })) as Bill;
}

const purls = (inputs: Readonly<Record<string, number>>): readonly string[] => bill(inputs).components.map(({ purl }) => purl);

test.each([
  { what: "our own files are no packages", inputs: { "services/replica/main.ts": 9 }, wanted: [] },
  { what: "a package is there once", inputs: { "node_modules/a/x.js": 9, "node_modules/a/lib/y.js": 9 }, wanted: ["pkg:npm/a@1.0.0"] },
  { what: "what left nothing is not in it", inputs: { "node_modules/a/x.js": 9, "node_modules/c/x.js": 0 }, wanted: ["pkg:npm/a@1.0.0"] },
  {
    what: "the package within another one is meant, not one of the same name",
    inputs: { "node_modules/a/node_modules/@of/b/x.js": 9 },
    wanted: ["pkg:npm/%40of/b@2.0.0"],
  },
  { what: "a package under another name has its own", inputs: { "node_modules/b-5/x.js": 9 }, wanted: ["pkg:npm/%40of/b@5.0.0"] },
  {
    what: "they are in order, whatever the files are",
    inputs: { "node_modules/c/x.js": 9, "node_modules/a/x.js": 9 },
    wanted: ["pkg:npm/a@1.0.0", "pkg:npm/c@3.0.0"],
  },
])("$what", ({ inputs, wanted }) => {
  expect(purls(inputs as Readonly<Record<string, number>>)).toEqual(wanted);
});

test("it says what the bundle is, and of each package its licence and the checksum of what was fetched", () => {
  const { metadata, components } = bill({ "node_modules/a/x.js": 9, "node_modules/a/node_modules/@of/b/x.js": 9 });
  expect(metadata.component).toEqual({
    type: "application",
    name: "flotilla-replica",
    version: "1.2.3",
    licenses: [{ expression: "Apache-2.0" }],
  });
  const [inner, outer] = components;
  expect(inner).toMatchObject({ group: "@of", name: "b", licenses: [{ expression: "(MIT OR CC0-1.0)" }] });
  expect(outer?.hashes).toEqual([{ alg: "SHA-512", content: Buffer.from("bytes").toString("hex") }]);
});

test("what is bundled and not locked ends the build", () => {
  expect(() => bill({ "node_modules/stranger/x.js": 9 })).toThrow("node_modules/stranger is in a bundle, and not in package-lock.json");
});

test("bundling writes one beside the bundle, the same each time", () => {
  const out = mkdtempSync(join(tmpdir(), "bundles-"));
  try {
    const built = [1, 2].map(() => {
      execFileSync(process.execPath, [join(ROOT, "docker/bundle.ts"), out, "task"], { cwd: tmpdir() });
      return readFileSync(join(out, "task.mjs.cdx.json"), "utf8");
    });
    expect(built[0]).toBe(built[1]);
    const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as LockFile;
    const { components } = JSON.parse(built[0] ?? "") as Bill;
    expect(components.map(({ purl }) => purl)).toEqual([`pkg:npm/undici@${packages["node_modules/undici"]?.version}`]);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}, 120_000);
