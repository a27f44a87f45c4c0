// What the leaf of a tree has for its keys, by their places. How that is kept in memory is each column's own affair.

export interface Column<V> {
  readonly length: number;
  at(index: number): V;
  set(index: number, value: V): void;
  insert(index: number, value: V): void;
  remove(index: number): void;
  /** Takes what is from `index` on away, into a column of its own. */
  cut(index: number): Column<V>;
  append(column: Column<V>): void;
  /** Changes of the one are not seen by the other. */
  copy(): Column<V>;
}

/** For values that are few, or small: a list of them. */
export class ListColumn<V> implements Column<V> {
  readonly #values: V[];

  constructor(values: V[] = []) {
    this.#values = values;
  }

  get length(): number {
    return this.#values.length;
  }

  at(index: number): V {
    return this.#values[index] as V;
  }

  set(index: number, value: V): void {
    this.#values[index] = value;
  }

  insert(index: number, value: V): void {
    this.#values.splice(index, 0, value);
  }

  remove(index: number): void {
    this.#values.splice(index, 1);
  }

  cut(index: number): Column<V> {
    return new ListColumn(this.#values.splice(index));
  }

  append(column: Column<V>): void {
    for (let i = 0; i < column.length; i++) this.#values.push(column.at(i));
  }

  copy(): Column<V> {
    return new ListColumn(this.#values.slice());
  }
}
