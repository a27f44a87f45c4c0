import type { Failure } from "../../../core/linearizability/checker.ts";
import { checkHistory } from "../../../core/linearizability/checker.ts";
import { KV_MODEL } from "../../../core/linearizability/kv-model.ts";
import type { KvHistory, KvInput, KvOutput } from "../../../core/linearizability/kv-operations.ts";
import { drawFailure } from "../../../core/linearizability/picture.ts";
import { failingHistories } from "./failing-histories.ts";
import { knownHistories, knownHistory } from "./known-histories.ts";

function failureOf(history: KvHistory, stepsMax?: number): Failure<KvInput, KvOutput> {
  const verdict = checkHistory(history, KV_MODEL, stepsMax);
  if (verdict.kind === "linearizable") throw new Error("there is nothing wrong with this history");
  return verdict;
}

const VOID_TAGS = new Set(["!doctype", "meta"]);

/** Names of tags that are opened and not closed, or the other way round. */
function unbalancedTags(html: string): string[] {
  const open: string[] = [];
  const content = html.replace(/<(style|script)>.*?<\/\1>/gs, "");
  for (const [, slash, name, selfClosing] of content.matchAll(/<(\/?)([!a-z][a-z0-9]*)[^>]*?(\/?)>/gi)) {
    if (name === undefined || selfClosing === "/" || VOID_TAGS.has(name)) continue;
    if (slash === "") open.push(name);
    else if (open.pop() !== name) return [name];
  }
  return open;
}

test.each(knownHistories("bad"))("$name has a page", ({ history }) => {
  const page = drawFailure(failureOf(history), KV_MODEL);
  expect(unbalancedTags(page)).toEqual([]);
  expect(page).toContain("<title>Not linearizable: x</title>");
  expect(page.match(/<g class="number stuck">/g)?.length).toBe(page.match(/<svg width="\d+(\.\d+)?" height="\d+" role="img">/g)?.length);
});

test("the page needs nothing from elsewhere", () => {
  for (const { failure } of failingHistories(10)) {
    expect(drawFailure(failure, KV_MODEL)).not.toMatch(/https?:|src=|href=|@import|url\(/);
  }
});

test("the order is listed with the state after each step", () => {
  const page = drawFailure(failureOf(knownHistory("bad-effect-after-refusal.jsonl")), KV_MODEL);
  expect(page).toContain("<tr><td>1</td><td>c1</td><td>put &quot;a&quot;</td><td>ok v1</td><td>&quot;a&quot; v1</td></tr>");
  expect(page).toContain("<tr><td>2</td><td>c3</td><td>get</td><td>&quot;a&quot; v1</td><td>&quot;a&quot; v1</td></tr>");
  expect(page).toContain('<g class="bar refused">');
  expect(page).toContain("No order was found in which c3 could be told &quot;b&quot; v2 by get on x, called at 7 and returned at 8.");
});

test("a long history is drawn around what is wrong, and says what was left out", () => {
  const long = failingHistories(30).filter(({ explanation }) => explanation.orders[0] !== undefined && explanation.orders[0].length > 60);
  expect(long.length).toBeGreaterThan(5);
  for (const { failure } of long) {
    const page = drawFailure(failure, KV_MODEL);
    expect(page).toMatch(/… \d+ earlier/);
    expect(unbalancedTags(page)).toEqual([]);
    expect(page.length).toBeLessThan(400_000);
  }
});

test("unknown reads are not drawn: they say nothing", () => {
  const bad = knownHistory("bad-stale-read.jsonl");
  const history = [...bad, { client: "c9", calledAt: 2, input: { kind: "get", key: "x" }, outcome: { kind: "unknown" } } as const];
  expect(drawFailure(failureOf(history), KV_MODEL)).not.toContain("c9");
});

test("what clients chose is escaped", () => {
  const nasty = "<img src=x onerror=alert(1)>\"'&";
  const history: KvHistory = [
    { client: nasty, calledAt: 1, input: { kind: "put", key: nasty, value: nasty }, outcome: { kind: "unknown" } },
    {
      client: nasty,
      calledAt: 2,
      input: { kind: "get", key: nasty },
      outcome: { kind: "done", returnedAt: 3, output: { kind: "found", value: "b" } },
    },
  ];
  const page = drawFailure(failureOf(history), KV_MODEL);
  expect(page).not.toContain("<img");
  expect(unbalancedTags(page)).toEqual([]);
});

test("a check that ran out of steps is drawn as undecided", () => {
  const page = drawFailure(failureOf(knownHistory("good-guarded-race.jsonl"), 1), KV_MODEL);
  expect(page).toContain("<title>Not decided: x</title>");
});
