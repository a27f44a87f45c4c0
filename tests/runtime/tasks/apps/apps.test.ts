// Each app's output against what the tools of the machine say about the same input.
import { execFileSync } from "node:child_process";
import { TestFolder } from "../run-here.ts";

let folder: TestFolder;
beforeEach(() => void (folder = new TestFolder()));
afterEach(() => folder.remove());

const BOOKS = {
  "a.txt": "The quick brown fox, the lazy dog;\nthe END.\n\nÉtude für Anfänger – “the end”\nno line break",
  "b.txt": "fox and dog and FOX\nÉtude 日本語 x2y\n".repeat(50),
};

function books(): void {
  for (const [name, text] of Object.entries(BOOKS)) folder.input(name, text);
}

/** By the machine's tools, in bytewise order. */
function shell(command: string): string[] {
  const text = execFileSync("bash", ["--norc", "-c", command], {
    cwd: `${folder.path}/in`,
    env: { LC_ALL: "C", PATH: "/usr/bin:/bin", SHLVL: "1" },
    encoding: "utf8",
  });
  return text.split("\n").slice(0, -1);
}

const sorted = (lines: readonly string[]): string[] => [...lines].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

function countBy(items: Iterable<string>): string[] {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return sorted([...counts].map(([item, count]) => `${item}\t${String(count)}`));
}

test.each([16, 100, 1 << 20])("word-count counts runs of letters of any language; splits of %i bytes", async (splitBytes) => {
  books();
  await folder.run({ splitBytes });
  expect(sorted(folder.output())).toEqual(countBy(Object.values(BOOKS).flatMap((text) => text.match(/\p{L}+/gu) ?? [])));
});

test("word-count of plain text is what coreutils count, and each part is in order", async () => {
  const words = Array.from({ length: 500 }, (_, i) => `w${"abcdefghij"[i % 10] ?? ""}${"x".repeat(i % 23)}`);
  folder.input("t.txt", Array.from({ length: 4_000 }, (_, i) => `${words[(i * i) % 500] ?? ""} ${words[(i * 7) % 500] ?? ""},`).join("\n"));
  const { pairsWritten, pairsRead, maps } = await folder.run({ splitBytes: 5_000, reduces: 4, options: { memoryBytes: 1 << 16 } });
  expect(maps).toBeGreaterThan(10);
  expect(pairsRead).toBe(pairsWritten);
  const expected = shell(`tr -cs A-Za-z '\\n' < t.txt | sort | uniq -c | awk '{ print $2 "\\t" $1 }' | sort`);
  expect(sorted(folder.output())).toEqual(expected);
});

test.each(["hash", "range"] as const)("sort is what sort says: %s", async (partitioner) => {
  folder.input("r.txt", Array.from({ length: 3_000 }, (_, i) => `${String((i * 7_919) % 3_001)} ${"é".repeat(i % 5)}`).join("\n"));
  await folder.run({
    program: { kind: "app", name: "sort" },
    splitBytes: 4_000,
    reduces: 5,
    options: { partitioner, memoryBytes: 1 << 15 },
  });
  const lines = folder.output();
  expect(sorted(lines)).toEqual(shell("sort r.txt"));
  // Ranges: the parts behind each other are sorted as a whole.
  if (partitioner === "range") expect(lines).toEqual(shell("sort r.txt"));
});

test.each(["fox", "^the|x\\dy"])("grep finds what grep finds: %s", async (pattern) => {
  books();
  await folder.run({ program: { kind: "app", name: "grep" }, splitBytes: 100, options: { parameters: { pattern } } });
  const expected = shell(`grep -bHP '${pattern}' a.txt b.txt`).map((line) => {
    const [, name = "", offset = "", text = ""] = /^([^:]*):(\d+):(.*)$/.exec(line) ?? [];
    return `${name}:${offset.padStart(12, "0")}\t${text}`;
  });
  expect(expected.length).toBeGreaterThan(1);
  expect(sorted(folder.output())).toEqual(sorted(expected));
});

test("inverted-index names the documents of each word once, in order", async () => {
  books();
  folder.input("sub/a.txt", "fox");
  await folder.run({ program: { kind: "app", name: "inverted-index" }, splitBytes: 64, options: { outputFormat: "lab" } });
  const lines = folder.output();
  expect(lines).toContain("fox 3 a.txt,b.txt,sub/a.txt");
  expect(lines).toContain("Étude 2 a.txt,b.txt");
  expect(lines).toContain("lazy 1 a.txt");
});

test("url-count reads requests of logs, and plain URLs", async () => {
  folder.input(
    "log",
    [
      '1.2.3.4 - - [01/Jan/2026:00:00:00] "GET /a?x=1 HTTP/1.1" 200 5 "http://ref/"',
      '1.2.3.4 - - [01/Jan/2026:00:00:01] "POST /b HTTP/1.1" 200 5',
      "took 3 ms for /b and more",
      "nothing here",
      "",
      "https://x.org/ seen",
      '"unfinished',
    ].join("\n"),
  );
  await folder.run({ program: { kind: "app", name: "url-count" } });
  expect(sorted(folder.output())).toEqual(["/a?x=1\t1", "/b\t2", "https://x.org/\t1"]);
});

test("reverse-links turns links around, of lists and of HTML", async () => {
  folder.input(
    "pages",
    "http://a\thttp://x http://y\nhttp://b\t<p><a href=\"http://x\">x</a> <A HREF='#top'> <a href=http://z>z</a>\nno tab\nhttp://c\thttp://x http://x\n",
  );
  await folder.run({ program: { kind: "app", name: "reverse-links" } });
  expect(sorted(folder.output())).toEqual(["http://x\thttp://a http://b http://c", "http://y\thttp://a", "http://z\thttp://b"]);
});

test("term-vector gives the most frequent words of each host", async () => {
  folder.input("docs", "http://h1/a\tone two two\nhttp://h1/b\tTwo three\nh2/x\tfour\nnot a document\n");
  const { counters } = await folder.run({ program: { kind: "app", name: "term-vector" }, options: { parameters: { terms: "2" } } });
  expect(sorted(folder.output())).toEqual(["h1\ttwo:3 one:1", "h2\tfour:1"]);
  expect(counters).toEqual({ "lines without a URL": 1 });
});

test("an app that is not there, and a pattern that is none, are said", async () => {
  books();
  await expect(folder.run({ program: { kind: "app", name: "toString" } })).rejects.toMatchObject({ reason: "badProgram" });
  await expect(folder.run({ program: { kind: "app", name: "grep" }, options: { parameters: { pattern: "(" } } })).rejects.toMatchObject({
    reason: "badInput",
  });
});
