import { AnswerWriter } from "../../../../runtime/http/shortcut/answer-text.ts";

const [ONE, OTHER] = [{ "flotilla-group": "1" }, { "flotilla-config": "7", "flotilla-group": "1" }];
const written = (writer: AnswerWriter, answer: Parameters<AnswerWriter["write"]>[0], isLast = false): string =>
  writer.write(answer, isLast).text.replace(/Date: [^\r]*/, "Date: now");

test("an answer with all that it can have", () => {
  const text = written(new AnswerWriter(5_000), { status: 200, headers: OTHER, body: { a: 1 }, stamp: { term: 3, index: 77 } });
  const lines = [
    ...["HTTP/1.1 200 OK", "flotilla-config: 7", "flotilla-group: 1", "flotilla-term: 3", "flotilla-index: 77"],
    ...["content-type: application/json; charset=utf-8", "content-length: 7", "Date: now", "Connection: keep-alive"],
    ...["Keep-Alive: timeout=5", "", '{"a":1}'],
  ];
  expect(text.split("\r\n")).toEqual(lines);
});

test("what is kept of one answer is of no other one", () => {
  const writer = new AnswerWriter(5_000);
  const answers = [
    { status: 200, headers: ONE, body: "" },
    { status: 404, headers: ONE, body: "" },
    { status: 404, headers: OTHER, body: "" },
    { status: 404, headers: OTHER, body: "", stamp: { term: 1, index: 2 } },
    { status: 404, headers: OTHER, body: "", stamp: { term: 1, index: 3 } },
    { status: 200, headers: ONE, body: {} },
    { status: 200, headers: ONE, body: "" },
  ];
  for (const answer of answers) expect(written(writer, answer)).toBe(written(new AnswerWriter(5_000), answer));
});

test("the last one of a connection says so, and the next one of another does not", () => {
  const writer = new AnswerWriter(5_000);
  const answer = { status: 200, headers: ONE, body: {} };
  expect(written(writer, answer, true)).toContain("\r\nConnection: close\r\n\r\n{}");
  expect(written(writer, answer)).toContain("\r\nConnection: keep-alive\r\n");
});

test("a text beyond ASCII is told in bytes", () => {
  const answer = new AnswerWriter(5_000).write({ status: 200, headers: ONE, body: "ä" }, false);
  expect(answer).toMatchObject({ encoding: "utf8", text: expect.stringContaining("content-length: 2\r\n") as string });
});
