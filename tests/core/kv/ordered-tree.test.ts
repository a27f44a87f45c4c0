import { compareBytes, EMPTY_BYTES, utf8 } from "../../../core/base/bytes.ts";
import { Random } from "../../../core/base/random.ts";
import { OrderedTree } from "../../../core/kv/ordered-tree.ts";
import type { TreeCursor, TreeSnapshot } from "../../../core/kv/ordered-tree.ts";

/** The same thing done plainly: a map that is sorted when somebody wants to see it. */
class SortedMap {
  readonly #values = new Map<string, number>();

  get size(): number {
    return this.#values.size;
  }

  get(key: Uint8Array): number | undefined {
    return this.#values.get(key.join());
  }

  set(key: Uint8Array, value: number): number | undefined {
    const before = this.get(key);
    this.#values.set(key.join(), value);
    return before;
  }

  delete(key: Uint8Array): number | undefined {
    const before = this.get(key);
    this.#values.delete(key.join());
    return before;
  }

  from(key: Uint8Array): readonly string[] {
    const entries = [...this.#values].map(([text, value]) => ({ text, value, bytes: bytesIn(text) }));
    const wanted = entries.filter(({ bytes }) => compareBytes(bytes, key) >= 0);
    return wanted.sort((a, b) => compareBytes(a.bytes, b.bytes)).map(({ text, value }) => `${text}=${String(value)}`);
  }
}

const bytesIn = (text: string): Uint8Array => Uint8Array.from(text === "" ? [] : text.split(",").map(Number));

function allFrom(cursor: TreeCursor<number>): readonly string[] {
  const found: string[] = [];
  while (cursor.next()) found.push(`${cursor.key.join()}=${String(cursor.value)}`);
  return found;
}

type Held = { readonly snapshot: TreeSnapshot<number>; readonly expected: readonly string[] };

/** Grows, then shrinks, then grows again, with snapshots taken and held on the way. */
function walk(seed: number, keyOf: (random: Random) => Uint8Array): void {
  const random = new Random(seed);
  const tree = new OrderedTree<number>();
  const twin = new SortedMap();
  const held: Held[] = [];
  for (let step = 0; step < 3_000; step++) {
    const key = keyOf(random);
    const deletes = step > 1_000 && step < 2_200 ? 0.8 : 0.2;
    const lookedUp = random.chance(0.5) ? [tree.get(key), twin.get(key)] : [];
    const changed = random.chance(deletes) ? [tree.delete(key), twin.delete(key)] : [tree.set(key, step), twin.set(key, step)];
    expect([lookedUp[0], changed[0], tree.get(key), tree.size]).toEqual([lookedUp[1], changed[1], twin.get(key), twin.size]);
    if (random.chance(0.005)) held.push({ snapshot: tree.snapshot(), expected: twin.from(EMPTY_BYTES) });
    if (step % 300 === 0) {
      const from = keyOf(random);
      expect(allFrom(tree.cursor(from))).toEqual(twin.from(from));
    }
  }
  expect(allFrom(tree.cursor(EMPTY_BYTES))).toEqual(twin.from(EMPTY_BYTES));
  expect(held.length).toBeGreaterThan(3);
  for (const { snapshot, expected } of held) {
    expect(allFrom(snapshot.cursor(EMPTY_BYTES))).toEqual(expected);
    expect(snapshot.size).toBe(expected.length);
  }
}

test.each([1, 2, 3, 4])("does what a sorted map does, with snapshots held (seed %i)", (seed) => {
  walk(seed, (random) => utf8(String(random.between(0, 700))));
});

test.each([5, 6])("the same with keys that begin alike and have many lengths (seed %i)", (seed) => {
  walk(seed, (random) => new Uint8Array(random.between(0, 300)).fill(random.between(0, 2)));
});

test("keys in rising and in falling order", () => {
  const keys = Array.from({ length: 1_000 }, (_, i) => utf8(String(i).padStart(4, "0")));
  for (const order of [keys, keys.slice().reverse()]) {
    const tree = new OrderedTree<number>();
    order.forEach((key, i) => tree.set(key, i));
    const cursor = tree.cursor(EMPTY_BYTES);
    for (const key of keys) {
      expect(cursor.next()).toBe(true);
      expect(compareBytes(cursor.key, key)).toBe(0);
    }
    expect(cursor.next()).toBe(false);
    for (const key of order) expect(tree.delete(key)).toBeDefined();
    expect(tree.size).toBe(0);
    expect(tree.cursor(EMPTY_BYTES).next()).toBe(false);
  }
});

test("what is set next to a key that was just deleted is not set in a node that is gone", () => {
  const keys = Array.from({ length: 600 }, (_, i) => utf8(String(i).padStart(4, "0")));
  // From the middle on: the node that shrinks is then joined to the one before it.
  for (const order of [keys.slice(200), keys.slice(0, 400).reverse()]) {
    const tree = new OrderedTree<number>();
    for (const key of keys) tree.set(key, 0);
    order.forEach((key, i) => {
      tree.delete(key);
      const next = order[i + 1];
      if (next === undefined) return;
      tree.set(next, i);
      expect(tree.get(next)).toBe(i);
    });
  }
});

test("a key that was looked up before a snapshot is not changed inside it", () => {
  const tree = new OrderedTree<number>();
  tree.set(utf8("a"), 1);
  expect(tree.get(utf8("a"))).toBe(1);
  const snapshot = tree.snapshot();
  tree.set(utf8("a"), 2);
  expect(snapshot.get(utf8("a"))).toBe(1);
  expect(tree.get(utf8("a"))).toBe(2);
  expect(snapshot.get(utf8("b"))).toBeUndefined();
});

test("what was replaced is what was there last, whatever was looked up in between", () => {
  const tree = new OrderedTree<number>();
  for (const [i, key] of ["a", "b", "c"].entries()) tree.set(utf8(key), i);
  tree.get(utf8("b"));
  expect(tree.set(utf8("b"), 10)).toBe(1);
  expect(tree.set(utf8("b"), 11)).toBe(10);
  tree.get(utf8("b"));
  expect(tree.set(utf8("a"), 12)).toBe(0);
  expect(tree.set(utf8("b"), 13)).toBe(11);
  tree.get(utf8("c"));
  tree.delete(utf8("a"));
  expect(tree.set(utf8("c"), 14)).toBe(2);
  tree.get(utf8("x"));
  expect(tree.set(utf8("x"), 15)).toBeUndefined();
});

test("a cursor on a snapshot goes on while the tree changes", () => {
  const tree = new OrderedTree<number>();
  for (let i = 0; i < 500; i++) tree.set(utf8(String(i).padStart(3, "0")), i);
  const cursor = tree.snapshot().cursor(EMPTY_BYTES);
  for (let i = 0; i < 500; i++) {
    expect(cursor.next()).toBe(true);
    expect(cursor.value).toBe(i);
    tree.delete(utf8(String(499 - i).padStart(3, "0")));
  }
  expect(tree.size).toBe(0);
});
