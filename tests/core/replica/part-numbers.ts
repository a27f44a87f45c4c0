// Equal parts of a world get the same number. A part that is handed on from world to world is written down only once.

export class PartNumbers {
  readonly #byText = new Map<string, number>();
  readonly #byPart = new WeakMap<object, number>();

  of<T extends object>(part: T, textOf: (part: T) => string): number {
    const known = this.#byPart.get(part);
    if (known !== undefined) return known;
    const text = textOf(part);
    const number = this.#byText.get(text) ?? this.#byText.size;
    this.#byText.set(text, number);
    this.#byPart.set(part, number);
    return number;
  }
}
