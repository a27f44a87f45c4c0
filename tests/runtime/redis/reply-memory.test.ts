// Which memory is used again, and how much of it there is at once.
import { expect, test } from "@jest/globals";
import { ReplyMemory } from "../../../runtime/redis/reply-memory.ts";

const PIECE_BYTES = 8_192;
const PIECES_MAX = 256;

test("what nobody looks at any more is used again, and what somebody may look at is not", () => {
  const memory = new ReplyMemory();
  const first = memory.take(10) as Buffer;
  memory.giveBack(first, true);
  expect(memory.take(20)).toBe(first);
  memory.giveBack(first, false);
  expect(memory.take(20)).not.toBe(first);
});

test("there are no more than so many pieces at once, and none of any other size", () => {
  const memory = new ReplyMemory();
  expect(memory.take(PIECE_BYTES + 1)).toBeNull();
  const pieces = Array.from({ length: PIECES_MAX }, () => memory.take(PIECE_BYTES));
  expect(new Set(pieces.map((piece) => piece?.length))).toEqual(new Set([PIECE_BYTES]));
  expect(memory.take(1)).toBeNull();
  // One that is with a slow client does not keep others from having one.
  memory.giveBack(pieces[0] as Buffer, false);
  expect(memory.take(1)?.length).toBe(PIECE_BYTES);
  expect(memory.take(1)).toBeNull();
});
