// What MULTI queues: bounded in number and bytes, and empty once something in it can't be done.
import { expect, test } from "@jest/globals";
import { OPERATIONS_MAX } from "../../../../core/kv/limits.ts";
import { DEFAULT_REQUEST_LIMITS } from "../../../../runtime/redis/protocol/request-parser.ts";
import type { Queued } from "../../../../runtime/redis/requests/exec-request.ts";
import { OpenTransaction } from "../../../../runtime/redis/requests/open-transaction.ts";

const QUEUED = {} as Queued;

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
