// What MULTI queues: bounded in number and bytes, and empty once something in it can't be done.
import { expect, test } from "@jest/globals";
import { OPERATIONS_MAX } from "../../../../core/kv/limits.ts";
import { DEFAULT_REQUEST_LIMITS } from "../../../../runtime/redis/protocol/request-parser.ts";
import type { Queued } from "../../../../runtime/redis/requests/exec-request.ts";
import { OpenTransaction } from "../../../../runtime/redis/requests/open-transaction.ts";

const queued = (...args: readonly Buffer[]): Queued => ({ command: {} as Queued["command"], args });
const QUEUED = queued();

test("it takes as many commands as one EXEC may have operations", () => {
  const transaction = new OpenTransaction();
  for (let i = 0; i < OPERATIONS_MAX; i++) expect(transaction.add(QUEUED, 1)).toBe(true);
  expect([transaction.add(QUEUED, 1), transaction.queued.length]).toEqual([false, OPERATIONS_MAX]);
});

test("all of its commands together take what one request may", () => {
  const transaction = new OpenTransaction();
  expect(transaction.add(QUEUED, DEFAULT_REQUEST_LIMITS.requestBytesMax)).toBe(true);
  expect(transaction.add(QUEUED, 1)).toBe(false);
});

test("a broken one holds nothing any more, and takes whatever comes without keeping it", () => {
  const transaction = new OpenTransaction();
  transaction.add(QUEUED, 1);
  transaction.break();
  expect([transaction.add(QUEUED, Infinity), transaction.isBroken, transaction.queued]).toEqual([true, true, []]);
});

test("it keeps what was queued, and not what that was read with", () => {
  const transaction = new OpenTransaction();
  const read = Buffer.from(`SET key value${"x".repeat(65_536)}`);
  transaction.add(queued(read.subarray(0, 3), read.subarray(4, 7), read.subarray(8, 13)), 1);
  const args = transaction.queued[0]?.args ?? [];
  read.fill(0);
  expect(args.map(String)).toEqual(["SET", "key", "value"]);
  expect(args.map(({ buffer }) => buffer.byteLength)).toEqual([11, 11, 11]);
});
