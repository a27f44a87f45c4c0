// How a run ended: its last line, and whether it counts as passed.
export type End = { readonly name: string; readonly how: "passed" | "failed" | "skipped" };

/** Pure. Whoever reads nothing else knows what was not tried. */
export function lastLine(ends: readonly End[]): string {
  const namesOf = (how: End["how"]): readonly string[] => ends.filter((end) => end.how === how).map(({ name }) => name);
  const skipped = namesOf("skipped");
  const which = skipped.length === 0 ? "" : `: ${skipped.join("; ")}`;
  return `${namesOf("passed").length} passed, ${namesOf("failed").length} failed, ${skipped.length} skipped${which}`;
}

/** Pure. Where nobody looks on, what was skipped would be taken for passed. */
export function exitCode(ends: readonly End[], { isUnattended }: { readonly isUnattended: boolean }): 0 | 1 {
  return ends.some(({ how }) => how === "failed" || (how === "skipped" && isUnattended)) ? 1 : 0;
}
