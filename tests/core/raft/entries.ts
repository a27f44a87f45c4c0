// Entries for tests: `entry(3, 2)` is the command at index 3 of term 2.
import { asIndex, asServiceIndex, asTerm } from "../../../core/base/ids.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import { createEntry } from "../../../core/raft/entry.ts";
import type { Entry, LogBase } from "../../../core/raft/entry.ts";

export function entry(index: number, term: number, text = "x"): Entry {
  return createEntry({
    index: asIndex(index),
    term: asTerm(term),
    serviceIndex: asServiceIndex(index),
    kind: "command",
    version: 1,
    body: utf8(text),
  });
}

export function base(index: number, term: number): LogBase {
  return { index: asIndex(index), term: asTerm(term), serviceIndex: asServiceIndex(index) };
}
