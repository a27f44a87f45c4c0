// Words that are known are found by their bytes, wherever these stand, and nothing else is taken for one.
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { COMMANDS } from "../../../../runtime/redis/commands/table.ts";
import { KnownWords } from "../../../../runtime/redis/protocol/known-words.ts";

const NAMES = COMMANDS.map(({ name }) => name);
const words = new KnownWords(NAMES);

test("each is found within other bytes, always as the same piece of memory", () => {
  for (const name of NAMES) {
    const found = words.find(Buffer.from(`xx${name}yy`), 2, 2 + name.length);
    expect(found?.toString()).toBe(name);
    expect(words.find(Buffer.from(name), 0, name.length)).toBe(found);
  }
});

test("what differs in a byte, in its case or in its length is none", () => {
  const name = fc.constantFrom(...NAMES);
  fc.assert(
    fc.property(name, fc.nat(), fc.integer({ min: 1, max: 255 }), (text, at, by) => {
      const bytes = Buffer.from(text);
      const place = at % bytes.length;
      bytes[place] = ((bytes[place] as number) + by) % 256;
      const other = bytes.toString("latin1");
      expect(words.find(bytes, 0, bytes.length)?.toString("latin1") ?? null).toBe(NAMES.includes(other) ? other : null);
    }),
  );
  expect(["", "ge", "gett", "GET"].map((text) => words.find(Buffer.from(text), 0, text.length))).toEqual([null, null, null, null]);
});
