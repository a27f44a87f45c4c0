// Time as a model has it: what is to happen, by when it happens, in microseconds.

type Due = { readonly atUs: number; readonly order: number; readonly happen: () => void };

export class ModelledTime {
  nowUs = 0;
  readonly #heap: Due[] = [];
  #order = 0;

  /** What is due at one moment happens in the order in which it was asked for. */
  at(atUs: number, happen: () => void): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push({ atUs, order: this.#order++, happen });
    for (let parent = (i - 1) >> 1; i > 0 && isBefore(heap[i], heap[parent]); parent = (i - 1) >> 1) i = this.#swap(i, parent);
  }

  run(untilUs: number): void {
    for (let [next] = this.#heap; next !== undefined && next.atUs <= untilUs; [next] = this.#heap) {
      this.#removeFirst();
      this.nowUs = next.atUs;
      next.happen();
    }
    this.nowUs = untilUs;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (heap.length === 0 || last === undefined) return;
    heap[0] = last;
    for (let i = 0; ;) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      const least = isBefore(heap[right], heap[left]) ? right : left;
      if (!isBefore(heap[least], heap[i])) return;
      i = this.#swap(i, least);
    }
  }

  #swap(i: number, j: number): number {
    const heap = this.#heap;
    [heap[i], heap[j]] = [heap[j] as Due, heap[i] as Due];
    return j;
  }
}

function isBefore(a: Due | undefined, b: Due | undefined): boolean {
  if (a === undefined || b === undefined) return a !== undefined;
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order);
}
