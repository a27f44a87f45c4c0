import fc from "fast-check";
import { utf8 } from "../../../core/base/bytes.ts";
import { joinParts, splitByShard } from "../../../core/routing/batch-parts.ts";
import { shardOf } from "../../../core/shards/slots.ts";

const keys = fc.array(fc.string({ minLength: 1, maxLength: 8 }), { maxLength: 60 });

test("each part holds all operations of its shard, in their order, and joined they are the batch again", () => {
  fc.assert(
    fc.property(keys, (batch) => {
      const parts = splitByShard(batch, utf8);
      expect(new Set(parts.map(({ shard }) => shard)).size).toBe(parts.length);
      for (const { shard, positions, operations } of parts) {
        expect(operations.every((key) => shardOf(utf8(key)) === shard)).toBe(true);
        expect([...positions].sort((a, b) => a - b)).toEqual(positions);
      }
      expect(
        joinParts(
          parts,
          parts.map(({ operations }) => operations),
        ),
      ).toEqual(batch);
    }),
  );
});

test("the part of one shard does not depend on what else is in the batch", () => {
  fc.assert(
    fc.property(keys, keys, (batch, others) => {
      const alone = splitByShard(batch, utf8);
      const foreign = others.filter((key) => !alone.some(({ shard }) => shard === shardOf(utf8(key))));
      const together = splitByShard([...foreign, ...batch], utf8);
      for (const { shard, operations } of alone) expect(together.find((part) => part.shard === shard)?.operations).toEqual(operations);
    }),
  );
});

test("no operations have no parts", () => {
  expect(splitByShard([], utf8)).toEqual([]);
});
