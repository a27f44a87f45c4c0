// Redraws a screen in place: each line over the one that was there, and nothing flickers. On its own page of the terminal, so
// that what was there before comes back. Pure: it says what to write.

export const ENTER = "\u001b[?1049h\u001b[?25l";
export const LEAVE = "\u001b[?25h\u001b[?1049l";
const ESCAPE = "\u001b[";
const COLOR = new RegExp(`(${ESCAPE.replace("[", "\\[")}[0-9;]*m)`);
const HOME = "\u001b[H";
const CLEAR_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";

export type Size = { readonly columns: number; readonly rows: number };

/** What does not fit is cut off: a line that wraps would move all below it. */
export function frame(screen: string, { columns, rows }: Size): string {
  const lines = screen.split("\n").slice(0, Math.max(1, rows - 1));
  return HOME + lines.map((line) => clip(line, columns) + CLEAR_LINE).join("\r\n") + "\r\n" + CLEAR_BELOW;
}

/** Colours take no room. */
export function clip(line: string, columns: number): string {
  let width = 0;
  let kept = "";
  for (const piece of line.split(COLOR)) {
    if (piece.startsWith(ESCAPE)) {
      kept += piece;
      continue;
    }
    kept += piece.slice(0, Math.max(0, columns - width));
    width += piece.length;
  }
  return kept;
}
