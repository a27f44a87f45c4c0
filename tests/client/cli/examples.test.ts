// Every command of examples/README.md is run as it stands there, in a folder with small inputs under the names that it uses.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(__dirname, "../../..");
const FLOTILLA = `${process.execPath} ${join(ROOT, "client/cli/flotilla.ts")}`;
const README = readFileSync(join(ROOT, "examples/README.md"), "utf8");
const COMMANDS = Array.from(README.matchAll(/`((?:npx flotilla|examples\/)[^`]* --local)`/g), ([, command = ""]) => command);
const TIMEOUT_MS = 120_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "flotilla-examples-"));
  symlinkSync(join(ROOT, "examples"), join(folder, "examples"));
  mkdirSync(join(folder, "docs"));
  write("docs/a.txt", "a fence is a number\nthe fence rises\n");
  write("docs/b.txt", "the number is the fence\n");
  write(
    "access.log",
    '1.2.3.4 - - [x] "GET /a HTTP/1.1" 200\n1.2.3.4 - - [x] "GET /b HTTP/1.1" 200\n1.2.3.4 - - [x] "GET /a HTTP/1.1" 200\n',
  );
  write("links", "p\tq\nr\tq\n");
  write("pages", "http://h/1\tblue sky blue\n");
  write("visits", '{"country":"nl","ms":10}\n{"country":"nl","ms":20}\n{"ms":1}\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

async function run(command: string): Promise<string> {
  const { stdout } = await promisify(execFile)("sh", ["-c", command.replace(/^npx flotilla/, FLOTILLA)], {
    cwd: folder,
    env: { ...process.env, FLOTILLA },
  });
  return stdout;
}

/** All lines of an output, in order; it is removed. */
function lines(output: string): readonly string[] {
  const path = join(folder, output);
  const parts = readdirSync(path).filter((name) => name.startsWith("part-"));
  const found = parts.flatMap((name) => readFileSync(join(path, name), "utf8").split("\n")).filter((line) => line !== "");
  rmSync(path, { recursive: true });
  return found.sort();
}

const COUNTS = ["a\t2", "fence\t3", "is\t2", "number\t2", "rises\t1", "the\t3"];
const EXPECTED: Readonly<Record<string, readonly [output: string, lines: readonly string[]]>> = {
  "npx flotilla job run word-count": ["counts", COUNTS],
  "npx flotilla job run grep": [
    "found",
    ["a.txt:000000000000\ta fence is a number", "a.txt:000000000020\tthe fence rises", "b.txt:000000000000\tthe number is the fence"],
  ],
  "npx flotilla job run inverted-index": [
    "index",
    ["a\t1 a.txt", "fence\t2 a.txt,b.txt", "is\t2 a.txt,b.txt", "number\t2 a.txt,b.txt", "rises\t1 a.txt", "the\t2 a.txt,b.txt"],
  ],
  "npx flotilla job run sort": ["sorted", ["a fence is a number", "the fence rises", "the number is the fence"]],
  "npx flotilla job run url-count": ["urls", ["/a\t2", "/b\t1"]],
  "npx flotilla job run reverse-links": ["linked", ["q\tp r"]],
  "npx flotilla job run term-vector": ["terms", ["h\tblue:2 sky:1"]],
  "npx flotilla job run examples/word-count.ts": ["counts", COUNTS],
  "examples/chain.sh ./docs": ["out/top", ["001\tfence 3", "002\tthe 3", "003\ta 2", "004\tis 2", "005\tnumber 2", "006\trises 1"]],
};

test("every command of the page is known here, each app is among them, and nothing else is", () => {
  const known = COMMANDS.map((command) => Object.keys(EXPECTED).find((beginning) => command.startsWith(`${beginning} `)));
  expect(known).not.toContain(undefined);
  expect(new Set(known).size).toBe(Object.keys(EXPECTED).length);
});

test.each(COMMANDS)(
  "%s",
  async (command) => {
    const [, expected] = Object.entries(EXPECTED).find(([beginning]) => command.startsWith(`${beginning} `)) ?? [];
    await run(command);
    expect(lines(expected?.[0] ?? "")).toEqual(expected?.[1]);
  },
  TIMEOUT_MS,
);

test(
  "JSON lines, with those that are left out counted",
  async () => {
    await run("npx flotilla job run examples/visits-by-country.ts ./visits --to ./visited --input-format jsonLines --local");
    expect(lines("visited")).toEqual(['nl\t{"visits":2,"averageMs":15}']);
  },
  TIMEOUT_MS,
);
