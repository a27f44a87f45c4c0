import type { DoneOperation, Operation } from "../../../../core/linearizability/history.ts";
import { answerText, drawOrder, escaped } from "../../../../core/linearizability/picture/drawing.ts";
import { windowAround } from "../../../../core/linearizability/picture/window.ts";

const DESCRIBER = { describeInput: (input: string) => input, describeOutput: (output: string) => output };

function done(client: string, calledAt: number, text: string): DoneOperation<string, string> {
  return { client, calledAt, input: text, outcome: { kind: "done", returnedAt: calledAt + 1, output: `told ${text}` } };
}

test("every bar is drawn with its role, its two lines and all of it in the tooltip", () => {
  const [first, stuck] = [done("c1", 1, "a rather long operation indeed"), done("c2", 3, "b")];
  const open: Operation<string, string> = { ...done("c3", 1, "c"), outcome: { kind: "unknown" } };
  const svg = drawOrder(windowAround([first, stuck, open], [first], stuck), DESCRIBER);
  expect(svg).toContain(
    '<g class="bar placed"><title>c1: a rather long operation indeed\n→ told a rather long operation indeed\ncalled at 1, returned at 2\n',
  );
  expect(svg).toContain(">a rather long operati…</text>");
  expect(svg).toContain('<g class="bar unneeded unknown">');
  expect(svg).toContain("called at 1, never returned");
  expect(svg.match(/<g class="number placed">/g)).toHaveLength(1);
  expect(svg.match(/✗/g)).toHaveLength(1);
});

test("a stuck operation whose effect has a place shows its number too", () => {
  const stuck = done("c2", 1, "b");
  const svg = drawOrder(windowAround([stuck], [stuck], stuck), DESCRIBER);
  expect(svg).toMatch(/<g class="number placed">.*<g class="number stuck">/);
});

test.each([
  { outcome: { kind: "refused", returnedAt: 2 } as const, place: null, text: "refused" },
  { outcome: { kind: "unknown" } as const, place: null, text: "unknown" },
  { outcome: { kind: "unknown" } as const, place: { number: 1, moment: 1 }, text: "unknown, happened" },
  { outcome: { kind: "done", returnedAt: 2, output: "ok" } as const, place: null, text: "ok" },
])("$text", ({ outcome, place, text }) => {
  const operation: Operation<string, string> = { ...done("c1", 1, "a"), outcome };
  expect(answerText({ operation, role: "placed", place }, DESCRIBER)).toBe(text);
});

test("text is text", () => {
  expect(escaped(`<script>"a" & 'b'</script>`)).toBe("&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;");
});
