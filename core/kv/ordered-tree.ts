// An ordered map from byte keys to values: a B+ tree with copy on write. Taking a snapshot costs nothing: from then on a
// node that the snapshot can see is copied before it is changed, once, and all other changes happen in place.
//
// Every node carries the epoch in which it was made. A snapshot ends the tree's epoch, so "made in this epoch" means
// "seen by no snapshot". Keys are copied; values belong to the tree, and nobody may change them afterwards. How the values of
// a leaf are kept is up to the column that the tree was made with.
import type { Column } from "./column.ts";
import { ListColumn } from "./column.ts";
import { KeyPage } from "./key-page.ts";

/** A node has at most this many entries or children. One that a deletion leaves with fewer than half is joined with its neighbour. */
const NODE_SIZE_MAX = 64;
const NODE_SIZE_MIN = NODE_SIZE_MAX / 2;

class TreeNode<V> {
  readonly epoch: number;
  /** In a leaf: of the values. Else `keys[i]` is not above any key below `children[i + 1]`, and above all before it. */
  readonly keys: KeyPage;
  readonly values: Column<V>;
  /** Null in a leaf. */
  readonly children: TreeNode<V>[] | null;

  constructor(epoch: number, { keys, values, children }: NodeContent<V>) {
    this.epoch = epoch;
    this.keys = keys;
    this.values = values;
    this.children = children;
  }
}

type NodeContent<V> = { readonly keys: KeyPage; readonly values: Column<V>; readonly children: TreeNode<V>[] | null };
type Split<V> = { readonly separator: Uint8Array; readonly right: TreeNode<V> };

export class OrderedTree<V> {
  readonly #createColumn: () => Column<V>;
  #epoch = 0;
  #root: TreeNode<V>;
  #size = 0;
  /** What the change under way took the place of. */
  #replaced: V | undefined;
  /** Where the last `get` found its key: to look at an entry and then to replace it is what most writes do. */
  #foundIn: TreeNode<V> | null = null;
  #foundAt = -1;
  /** What it found there, for as long as it is there. */
  #foundValue: V | undefined;

  constructor(createColumn: () => Column<V> = () => new ListColumn<V>()) {
    this.#createColumn = createColumn;
    this.#root = new TreeNode<V>(0, { keys: new KeyPage(), values: createColumn(), children: null });
  }

  get size(): number {
    return this.#size;
  }

  get(key: Uint8Array): V | undefined {
    let node = this.#root;
    while (node.children !== null) node = node.children[node.keys.countUpTo(key)] as TreeNode<V>;
    this.#foundIn = node;
    this.#foundAt = node.keys.indexOf(key);
    this.#foundValue = this.#foundAt < 0 ? undefined : node.values.at(this.#foundAt);
    return this.#foundValue;
  }

  /** Returns what was there before. */
  set(key: Uint8Array, value: V): V | undefined {
    const leaf = this.#foundIn;
    if (leaf !== null && leaf.epoch === this.#epoch && leaf.keys.isAt(this.#foundAt, key)) {
      const replaced = this.#foundValue;
      this.#forgetFound();
      leaf.values.set(this.#foundAt, value);
      return replaced;
    }
    this.#forgetFound();
    this.#root = this.#owned(this.#root);
    const split = this.#insert(this.#root, key, value);
    if (split !== null) {
      const keys = new KeyPage();
      keys.insert(0, split.separator);
      this.#root = this.#node({ keys, values: this.#createColumn(), children: [this.#root, split.right] });
    }
    return this.#takeReplaced();
  }

  /** Returns what was there. */
  delete(key: Uint8Array): V | undefined {
    // Looked up first, so that deleting nothing copies nothing.
    if (this.get(key) === undefined) return undefined;
    this.#forgetFound();
    this.#root = this.#owned(this.#root);
    this.#remove(this.#root, key);
    const { children } = this.#root;
    if (children?.length === 1) this.#root = children[0] as TreeNode<V>;
    return this.#takeReplaced();
  }

  /** Entries from `from` on, in order. Valid until the tree changes; a snapshot's stays valid. */
  cursor(from: Uint8Array): TreeCursor<V> {
    return new TreeCursor(this.#root, from);
  }

  snapshot(): TreeSnapshot<V> {
    this.#epoch++;
    return new TreeSnapshot(this.#root, this.#size);
  }

  #forgetFound(): void {
    this.#foundIn = null;
    this.#foundValue = undefined;
  }

  #takeReplaced(): V | undefined {
    const replaced = this.#replaced;
    this.#replaced = undefined;
    return replaced;
  }

  #node(content: NodeContent<V>): TreeNode<V> {
    return new TreeNode(this.#epoch, content);
  }

  #owned(node: TreeNode<V>): TreeNode<V> {
    if (node.epoch === this.#epoch) return node;
    return this.#node({ keys: node.keys.copy(), values: node.values.copy(), children: node.children?.slice() ?? null });
  }

  #ownedChild(children: TreeNode<V>[], at: number): TreeNode<V> {
    const child = this.#owned(children[at] as TreeNode<V>);
    children[at] = child;
    return child;
  }

  #insert(node: TreeNode<V>, key: Uint8Array, value: V): Split<V> | null {
    const { keys, children } = node;
    if (children === null) return this.#insertIntoLeaf(node, key, value);
    const at = keys.countUpTo(key);
    const split = this.#insert(this.#ownedChild(children, at), key, value);
    if (split === null) return null;
    keys.insert(at, split.separator);
    children.splice(at + 1, 0, split.right);
    return children.length > NODE_SIZE_MAX ? this.#splitInner(node, children) : null;
  }

  #insertIntoLeaf(leaf: TreeNode<V>, key: Uint8Array, value: V): Split<V> | null {
    const { keys, values } = leaf;
    const found = keys.indexOf(key);
    if (found >= 0) {
      this.#replaced = values.at(found);
      values.set(found, value);
      return null;
    }
    const at = keys.countBelow(key);
    keys.insert(at, key);
    values.insert(at, value);
    this.#size++;
    return values.length > NODE_SIZE_MAX ? this.#splitLeaf(leaf, at) : null;
  }

  #splitLeaf({ keys, values }: TreeNode<V>, insertedAt: number): Split<V> {
    // Keys that come in rising order would leave every node half empty if it were always cut in the middle.
    const at = insertedAt === values.length - 1 ? insertedAt : values.length >>> 1;
    const right = this.#node({ keys: keys.cut(at), values: values.cut(at), children: null });
    return { separator: right.keys.at(0), right };
  }

  #splitInner({ keys }: TreeNode<V>, children: TreeNode<V>[]): Split<V> {
    const at = children.length >>> 1;
    const right = this.#node({ keys: keys.cut(at), values: this.#createColumn(), children: children.splice(at) });
    const separator = keys.at(at - 1).slice();
    keys.remove(at - 1);
    return { separator, right };
  }

  /** The key is there. */
  #remove(node: TreeNode<V>, key: Uint8Array): void {
    const { keys, values, children } = node;
    if (children === null) {
      const at = keys.indexOf(key);
      this.#replaced = values.at(at);
      keys.remove(at);
      values.remove(at);
      this.#size--;
      return;
    }
    const at = keys.countUpTo(key);
    const child = this.#ownedChild(children, at);
    this.#remove(child, key);
    if (sizeOf(child) < NODE_SIZE_MIN && children.length > 1) this.#refill(node, children, Math.max(0, at - 1));
  }

  /** Joins the children `at` and `at + 1`; where they don't fit into one node, they share evenly. */
  #refill({ keys }: TreeNode<V>, children: TreeNode<V>[], at: number): void {
    const left = this.#ownedChild(children, at);
    const right = children[at + 1] as TreeNode<V>;
    if (left.children !== null && right.children !== null) {
      left.keys.insert(left.keys.count, keys.at(at));
      left.children.push(...right.children);
    }
    left.keys.append(right.keys);
    left.values.append(right.values);
    keys.remove(at);
    children.splice(at + 1, 1);
    if (sizeOf(left) <= NODE_SIZE_MAX) return;
    const split = left.children === null ? this.#splitLeaf(left, 0) : this.#splitInner(left, left.children);
    keys.insert(at, split.separator);
    children.splice(at + 1, 0, split.right);
  }
}

/** What a tree was at one moment. */
export class TreeSnapshot<V> {
  readonly #root: TreeNode<V>;
  readonly size: number;

  constructor(root: TreeNode<V>, size: number) {
    this.#root = root;
    this.size = size;
  }

  get(key: Uint8Array): V | undefined {
    return find(this.#root, key);
  }

  cursor(from: Uint8Array): TreeCursor<V> {
    return new TreeCursor(this.#root, from);
  }
}

type Step<V> = { readonly node: TreeNode<V>; at: number };

/** Goes through the entries in order: `next` until it says that there is none. */
export class TreeCursor<V> {
  readonly #path: Step<V>[] = [];
  #leaf: TreeNode<V>;
  #at: number;

  constructor(root: TreeNode<V>, from: Uint8Array) {
    let node = root;
    while (node.children !== null) {
      const at = node.keys.countUpTo(from);
      this.#path.push({ node, at });
      node = node.children[at] as TreeNode<V>;
    }
    this.#leaf = node;
    this.#at = node.keys.countBelow(from) - 1;
  }

  next(): boolean {
    this.#at++;
    while (this.#at >= this.#leaf.values.length) if (!this.#nextLeaf()) return false;
    return true;
  }

  /** Of the entry that `next` went to. A view, valid as long as the cursor is. */
  get key(): Uint8Array {
    return this.#leaf.keys.at(this.#at);
  }

  get value(): V {
    return this.#leaf.values.at(this.#at);
  }

  #nextLeaf(): boolean {
    let step = this.#path.at(-1);
    while (step !== undefined && step.at + 1 >= sizeOf(step.node)) {
      this.#path.pop();
      step = this.#path.at(-1);
    }
    if (step === undefined) return false;
    step.at++;
    let node = step.node.children?.[step.at] as TreeNode<V>;
    while (node.children !== null) {
      this.#path.push({ node, at: 0 });
      node = node.children[0] as TreeNode<V>;
    }
    this.#leaf = node;
    this.#at = 0;
    return true;
  }
}

function find<V>(root: TreeNode<V>, key: Uint8Array): V | undefined {
  let node = root;
  while (node.children !== null) node = node.children[node.keys.countUpTo(key)] as TreeNode<V>;
  const at = node.keys.indexOf(key);
  return at < 0 ? undefined : node.values.at(at);
}

function sizeOf<V>({ values, children }: TreeNode<V>): number {
  return children?.length ?? values.length;
}
