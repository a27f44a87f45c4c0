// Words against what a regular expression finds, at every place of a text: what is found twelve bytes at a time, what byte by byte, and where
// one ends and the other begins.
import { leadingRun } from "../../../../runtime/tasks/apps/letters.ts";
import { WordCounter } from "../../../../runtime/tasks/apps/words.ts";
import { RandomSource } from "../records/random-records.ts";

/** Empty again after each text. */
const counter = new WordCounter();

function counted(text: Buffer, start = 0, end = text.length): Map<string, number> {
  counter.count({ bytes: text, start, end, offset: 0 });
  const found = new Map<string, number>();
  counter.drain((key, count) => {
    const word = Buffer.from(key.bytes.subarray(key.start, key.end)).toString();
    found.set(word, (found.get(word) ?? 0) + count);
  });
  return found;
}

function expected(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [word] of text.matchAll(/\p{L}+/gu)) found.set(word, (found.get(word) ?? 0) + 1);
  return found;
}

test("a run of letters and of what is not ASCII, by all bytes at each of four places", () => {
  for (let place = 0; place < 4; place++)
    for (let byte = 0; byte < 256; byte++) {
      const four = Buffer.from("aZzA");
      four[place] = byte;
      const isOfRun = byte > 127 || /[A-Za-z]/.test(String.fromCharCode(byte));
      expect(leadingRun(four.readInt32LE())).toBe(isOfRun ? -1 : 2 ** (8 * place) - 1);
    }
});

test("words of each length, with each kind of byte before and behind them", () => {
  const parts = ["", " ", "\n", "-", "@", "[", "`", "{", "0", "\0", "\x7f", "é", "ß", "–", "日本", "𝒳", "🙂"];
  for (const length of [0, 1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 14, 30])
    for (const before of parts)
      for (const behind of parts) {
        const word = "kZaqWertyuiopAsdfghjklzxcvbnmQ".slice(0, length);
        const text = `${before}${word}${behind}${word} ${word}`;
        expect(counted(Buffer.from(text))).toEqual(expected(text));
      }
});

test("random texts, wherever they are cut out of what they lie in", () => {
  const random = new RandomSource(11);
  const letters = ["a", "b", "X", "é", "日", " ", " ", ", ", "\n", "1"];
  for (let round = 0; round < 300; round++) {
    const text = Array.from({ length: random.between(0, 200) }, () =>
      (letters[random.between(0, letters.length - 1)] ?? "").repeat(random.between(1, 6)),
    ).join("");
    const before = random.between(0, 7);
    const whole = Buffer.from(`${"q".repeat(before)}${text}${"r".repeat(random.between(0, 20))}`);
    expect(counted(whole, before, before + Buffer.byteLength(text))).toEqual(expected(text));
  }
});

test("bytes that are no text are no letters", () => {
  // A letter that is cut off, one that goes on with something else, bytes that begin nothing.
  const text = Buffer.concat([
    Buffer.from("ab"),
    Buffer.from([0xc3]),
    Buffer.from("cd "),
    Buffer.from([0xe6, 0x97]),
    Buffer.from("ef"),
    Buffer.from([0xff, 0x80]),
    Buffer.from("ab\xc3", "latin1"),
  ]);
  expect(counted(text)).toEqual(
    new Map([
      ["ab", 2],
      ["cd", 1],
      ["ef", 1],
    ]),
  );
});
