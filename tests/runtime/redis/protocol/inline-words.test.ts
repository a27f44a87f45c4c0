import { wordsOf } from "../../../../runtime/redis/protocol/inline-words.ts";

test.each([
  ["", []],
  ["  set  a b ", ["set", "a", "b"]],
  [`set "a b" 'c d'`, ["set", "a b", "c d"]],
  [String.raw`"\x41\n\t\"\\\q"`, ['A\n\t"\\q']],
  [String.raw`'it\'s \n'`, ["it's \\n"]],
  [`""`, [""]],
])("%s", (line, words) => {
  expect(wordsOf(Buffer.from(line))?.map(String)).toEqual(words);
});

test.each([`"a`, `'a`, `"a"b`, `'a'b`, String.raw`"a\"`])("%s is not balanced", (line) => {
  expect(wordsOf(Buffer.from(line))).toBeNull();
});
