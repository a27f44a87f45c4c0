// Words on a terminal: a few colours where a person looks, none where a program reads or NO_COLOR is set.
import { relative } from "node:path";
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

/** One glyph for each, so that it is seen without colours too. */
export const MARKS = { good: "✓", bad: "✗", warning: "!" } as const;

export const count = (n: number): string => n.toLocaleString("en");

/** "1 group", "2 groups", "3 processes". */
export const counted = (n: number, thing: string): string => `${count(n)} ${thing}${n === 1 ? "" : thing.endsWith("s") ? "es" : "s"}`;

/** Plain text, and a sign that there was more. */
export const cut = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`);

/** As a person would name it: from here, unless that leads out of here. */
export function shownPath(path: string, from: string): string {
  const near = relative(from, path);
  return near === "" ? "." : near.startsWith("..") ? path : near;
}

/** At spaces only; a word that is wider stays whole. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

const BAR_WIDTH = 24;

/** `share`: from 0 to 1. */
export function progressBar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH);
  return "█".repeat(full) + "░".repeat(BAR_WIDTH - full);
}

/** A line that is written over until it is empty; nothing where there is no terminal. */
export function progressOn(stream: NodeJS.WriteStream, isTerminal: boolean): (line: string) => void {
  let shown = "";
  return (line) => {
    if (!isTerminal || line === shown) return;
    stream.write(`\r\u001b[K${line}`);
    shown = line;
  };
}

/** Columns as wide as their widest cell; colours are put on afterwards by `paint`. */
export function table(rows: readonly (readonly string[])[], paint: (cell: string, column: number) => string = (cell) => cell): string {
  const widths = rows.reduce<number[]>((widest, row) => row.map((cell, i) => Math.max(cell.length, widest[i] ?? 0)), []);
  return rows.map((row) => `  ${row.map((cell, i) => paint(cell.padEnd(widths[i] ?? 0), i)).join("  ")}`.trimEnd()).join("\n");
}
