// Words on a terminal: a few colours where a person looks, none where a program reads or NO_COLOR is set.
import { wantsColor } from "./config.ts";

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
type Style = keyof typeof CODES;

export type Paint = { readonly [S in Style]: (text: string) => string };

export function paintFor(stream: NodeJS.WriteStream): Paint {
  const isColored = wantsColor(stream);
  const paint = (style: Style) => (text: string) => (isColored ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text);
  return {
    bold: paint("bold"),
    dim: paint("dim"),
    red: paint("red"),
    green: paint("green"),
    yellow: paint("yellow"),
    cyan: paint("cyan"),
  };
}

/** 1,234 ms are easier to read as 1.2 s. */
export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** Columns as wide as their widest cell; colours are put on afterwards by `paint`. */
export function table(rows: readonly (readonly string[])[], paint: (cell: string, column: number) => string = (cell) => cell): string {
  const widths = rows.reduce<number[]>((widest, row) => row.map((cell, i) => Math.max(cell.length, widest[i] ?? 0)), []);
  return rows.map((row) => `  ${row.map((cell, i) => paint(cell.padEnd(widths[i] ?? 0), i)).join("  ")}`.trimEnd()).join("\n");
}
