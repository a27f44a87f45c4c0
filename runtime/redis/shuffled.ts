// A list in an order that nobody can tell.
import { randomInt } from "node:crypto";

export function shuffled<T>(list: readonly T[]): readonly T[] {
  const left = [...list];
  return list.map(() => left.splice(randomInt(left.length), 1)[0] as T);
}
