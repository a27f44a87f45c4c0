import { Random } from "../../../core/base/random.ts";
import { decodeHistory, encodeHistory } from "../../../core/linearizability/history-file.ts";
import { KV_READER } from "../../../core/linearizability/kv-operations.ts";
import { knownHistories } from "./known-histories.ts";

const HEADER = '{"format":"flotilla-history","version":1}';
const INPUT = '"input":{"kind":"get","key":"x"}';
const DONE = '"outcome":{"kind":"done","returnedAt":2,"output":{"kind":"absent"}}';

test.each([...knownHistories("good"), ...knownHistories("bad")])("$name reads back as it was written", ({ history }) => {
  expect(decodeHistory(encodeHistory(history), KV_READER)).toEqual({ kind: "done", value: history });
});

test("values may hold line ends, quotes and any letter", () => {
  const input = { kind: "put", key: 'a"b', value: "line\none\u2028😀" } as const;
  const history = [{ client: "c\n1", calledAt: 0.5, input, outcome: { kind: "unknown" } as const }];
  expect(decodeHistory(encodeHistory(history), KV_READER)).toEqual({ kind: "done", value: history });
});

test("why something was refused is kept, where it is known", () => {
  const input = { kind: "get", key: "x" } as const;
  const outcome = (why: { readonly why?: string }) => ({ kind: "refused", returnedAt: 2, ...why }) as const;
  const history = [
    { client: "c", calledAt: 1, input, outcome: outcome({ why: "noQuorum: no leader" }) },
    { client: "c", calledAt: 1, input, outcome: outcome({}) },
  ];
  expect(decodeHistory(encodeHistory(history), KV_READER)).toEqual({ kind: "done", value: history });
});

test.each([
  { name: "nothing", text: "", message: "line 1: not a Flotilla history" },
  { name: "something else", text: '{"format":"other"}', message: "line 1: not a Flotilla history" },
  { name: "a later version", text: '{"format":"flotilla-history","version":2}', message: "line 1: version 2 is not known" },
  { name: "no JSON", text: `${HEADER}\n{`, message: "line 2: not a JSON object" },
  { name: "a list", text: `${HEADER}\n[]`, message: "line 2: not a JSON object" },
  { name: "no client", text: `${HEADER}\n{"calledAt":1,${INPUT},${DONE}}`, message: "line 2: client is not a string" },
  { name: "no call", text: `${HEADER}\n{"client":"c",${INPUT},${DONE}}`, message: "line 2: calledAt is not a number" },
  {
    name: "an unknown operation",
    text: `${HEADER}\n{"client":"c","calledAt":1,"input":{"kind":"pop","key":"x"},${DONE}}`,
    message: 'line 2: input is no operation: {"kind":"pop","key":"x"}',
  },
  { name: "no outcome", text: `${HEADER}\n{"client":"c","calledAt":1,${INPUT}}`, message: "line 2: outcome is not a JSON object" },
  {
    name: "a fourth outcome",
    text: `${HEADER}\n{"client":"c","calledAt":1,${INPUT},"outcome":{"kind":"perhaps"}}`,
    message: "line 2: outcome.kind is none of done, unknown, refused",
  },
  {
    name: "no return",
    text: `${HEADER}\n{"client":"c","calledAt":1,${INPUT},"outcome":{"kind":"refused"}}`,
    message: "line 2: outcome.returnedAt is not a number",
  },
  {
    name: "a return before the call, on the third line",
    text: `${HEADER}\n{"client":"c","calledAt":1,${INPUT},${DONE}}\n{"client":"c","calledAt":3,${INPUT},${DONE}}`,
    message: "line 3: returnedAt is before calledAt",
  },
  {
    name: "an unknown answer",
    text: `${HEADER}\n{"client":"c","calledAt":1,${INPUT},"outcome":{"kind":"done","returnedAt":2,"output":{"kind":"maybe"}}}`,
    message: 'line 2: outcome.output is no answer: {"kind":"maybe"}',
  },
])("$name is refused", ({ text, message }) => {
  expect(decodeHistory(text, KV_READER)).toEqual({ kind: "refused", refusal: { code: "badRequest", message } });
});

test("damaged files are histories or refusals, never an exception", () => {
  const kinds = new Set<string>();
  for (const { history } of knownHistories("good")) {
    const text = encodeHistory(history);
    for (let seed = 0; seed < 200; seed++) {
      const random = new Random(seed);
      const at = random.between(0, text.length - 1);
      const damaged = text.slice(0, at) + random.pick(["", "0", "}", "null", "\n", '"', "1e999"]) + text.slice(at + random.between(0, 12));
      kinds.add(decodeHistory(damaged, KV_READER).kind);
    }
  }
  expect([...kinds].sort()).toEqual(["done", "refused"]);
});
