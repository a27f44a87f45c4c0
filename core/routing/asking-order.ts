// In which order members of a group are asked: who was of use the last time first. Where that one could not tell, it comes last, because it
// may be cut off from its group and answer for ever that there is nothing.
export function askingOrder<T>(members: readonly T[], likely: T | undefined, elsewhere: boolean): T[] {
  const at = likely === undefined ? -1 : members.indexOf(likely);
  if (at < 0) return [...members];
  if (elsewhere) return [...members.slice(at + 1), ...members.slice(0, at + 1)];
  return [likely as T, ...members.filter((member) => member !== likely)];
}
