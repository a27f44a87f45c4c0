// Where a command speaks: to a person in words and tables, or to a program in JSON. What is meant for programs goes to
// standard output alone and whole; everything else that may be said beside it goes to standard error.
import type { Paint } from "./terminal.ts";
import { paintFor } from "./terminal.ts";

export type Format = "table" | "json";

export class Output {
  readonly format: Format;
  /** For standard output. */
  readonly paint: Paint;
  readonly isTerminal: boolean;

  constructor(format: Format, stream: NodeJS.WriteStream = process.stdout) {
    this.format = format;
    this.paint = paintFor(stream);
    this.isTerminal = stream.isTTY;
  }

  /** What was asked for: as words, or as JSON. */
  result(json: unknown, words: () => string): void {
    console.log(this.format === "json" ? JSON.stringify(json, null, 2) : words());
  }

  /** To a person only. */
  say(line: string): void {
    if (this.format === "table") console.log(line);
  }

  /** What happens meanwhile, in a command that takes long: whoever takes its result as JSON wants to see it, too. */
  progress(line: string): void {
    if (this.format === "table") console.log(line);
    else console.error(line);
  }

  warn(line: string): void {
    console.error(`${paintFor(process.stderr).yellow("!")} ${line}`);
  }
}
