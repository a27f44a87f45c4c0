// The text form of a scenario: blocks of commands, a line `----`, and the exact trace that they print, ended by an empty
// line. Lines that begin with # are for the reader and stay where they are when the file is rewritten.

export type Block = {
  /** Comments and commands as they stand in the file. */
  readonly lines: readonly string[];
  readonly expected: readonly string[];
};

const DIVIDER = "----";

export function parseScenario(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let lines: string[] = [];
  let expected: string[] | null = null;
  for (const line of text.split("\n")) {
    if (expected === null && line !== DIVIDER) lines.push(line);
    else if (expected === null) expected = [];
    else if (line !== "") expected.push(line);
    else {
      blocks.push({ lines, expected });
      [lines, expected] = [[], null];
    }
  }
  // Commands without a trace are a block, too: one whose trace is yet to be written.
  if (expected !== null || lines.some((line) => line.trim() !== "")) blocks.push({ lines, expected: expected ?? [] });
  return blocks;
}

export function commandsOf(block: Block): readonly string[] {
  return block.lines.map((line) => line.replace(/#.*$/, "").trim()).filter((line) => line !== "");
}

export function formatScenario(blocks: readonly Block[]): string {
  return `${blocks.map(({ lines, expected }) => [...lines, DIVIDER, ...expected].join("\n")).join("\n\n")}\n`;
}
