// Plays one scenario and returns it with the trace that it really gave.
import { commandsOf } from "./scenario-file.ts";
import type { Block } from "./scenario-file.ts";
import { Stage } from "./stage.ts";
import type { Arguments } from "./stage.ts";
import { VERBS } from "./verbs/verb-table.ts";

export function runScenario(blocks: readonly Block[]): readonly Block[] {
  const stage = new Stage();
  return blocks.map((block) => {
    stage.trace.length = 0;
    for (const command of commandsOf(block)) runCommand(stage, command);
    return { lines: block.lines, expected: stage.trace.length === 0 ? ["ok"] : [...stage.trace] };
  });
}

function runCommand(stage: Stage, command: string): void {
  const [name = "", ...rest] = command.split(/\s+/);
  const verb = VERBS[name];
  try {
    if (verb === undefined) throw new Error(`no such verb; there are ${Object.keys(VERBS).join(", ")}`);
    verb(stage, parseArguments(rest));
  } catch (error) {
    stage.say(`error in \`${command}\`: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parseArguments(parts: readonly string[]): Arguments {
  const named = parts.filter((part) => part.includes("=")).map((part) => part.split("=", 2) as [string, string]);
  return { words: parts.filter((part) => !part.includes("=")), named: new Map(named) };
}
