// A program of commands from its words to its exit code: what went wrong is said in two lines, the second of which is what
// to do next.
import { environment } from "../config.ts";
import { Output } from "../output.ts";
import type { Format } from "../output.ts";
import { MARKS, paintFor } from "../terminal.ts";
import { CODES, Trouble, UsageError } from "../trouble.ts";
import { endUnheard } from "../unheard.ts";
import { VERSION } from "../version.ts";
import type { Command } from "./command.ts";
import type { HelpSection } from "./help.ts";
import { commandText, familyText, overviewText } from "./help.ts";
import { parseCommandLine } from "./parsing.ts";

export async function runProgram(words: readonly string[], sections: readonly HelpSection[]): Promise<void> {
  endUnheard();
  try {
    process.exitCode = await run(words, sections);
  } catch (error) {
    process.exitCode = explain(error);
  }
}

async function run(words: readonly string[], sections: readonly HelpSection[]): Promise<number> {
  const commands = sections.flatMap((section) => section.commands);
  const parsed = parseCommandLine(words, commands);
  switch (parsed.kind) {
    case "version":
      console.log(VERSION);
      return CODES.done;
    case "help":
      console.log(helpAbout(parsed.about, sections, commands));
      return CODES.done;
    case "run":
      return parsed.command.run(parsed.given, new Output((parsed.given.text("output") ?? "table") as Format));
  }
}

function helpAbout(about: string, sections: readonly HelpSection[], commands: readonly Command[]): string {
  const paint = paintFor(process.stdout);
  if (about === "") return overviewText(sections, paint);
  const command = commands.find(({ name }) => name === about);
  const isFamily = commands.some(({ name }) => name.startsWith(`${about} `));
  if (command === undefined && !isFamily) throw new UsageError(`there is no command ${about}`, "see them all: flotilla --help");
  const own = command === undefined ? [] : [commandText(command, paint)];
  return [...own, ...(isFamily ? [familyText(about, commands, paint)] : [])].join("\n\n");
}

/** The exit code. */
function explain(error: unknown): number {
  const paint = paintFor(process.stderr);
  const known = error instanceof Trouble ? error : null;
  const text = error instanceof Error ? error.message : String(error);
  console.error(`${paint.red(MARKS.bad)} ${text}`);
  if (known !== null && known.next !== null) console.error(`  ${paint.dim("→")} ${known.next}`);
  // What nobody foresaw is a bug, and whoever looks for it wants to know where.
  if (known === null && error instanceof Error && (environment["FLOTILLA_DEBUG"] ?? "") !== "") console.error(error.stack);
  return known?.code ?? CODES.failed;
}
