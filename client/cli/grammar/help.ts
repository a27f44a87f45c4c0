// Help, from the same table that is parsed. Every command shows how it is used before it explains anything. Pure.
import type { Paint } from "../terminal.ts";
import { wrapped } from "../terminal.ts";
import type { Argument, Command, Flag } from "./command.ts";
import { GLOBAL_FLAGS } from "./command.ts";
import { timeText } from "./parsing.ts";

const WIDTH = 100;

export type HelpSection = { readonly title: string; readonly commands: readonly Command[] };

export function overviewText(sections: readonly HelpSection[], paint: Paint): string {
  const widest = Math.max(...sections.flatMap(({ commands }) => commands.map((command) => synopsisOf(command).length)));
  const lines = sections.flatMap(({ title, commands }) => [
    "",
    paint.bold(title),
    ...commands.map((command) => `  ${paint.cyan(synopsisOf(command).padEnd(widest))}  ${command.summary}`),
  ]);
  return [
    `${paint.bold("flotilla")} COMMAND`,
    ...lines,
    "",
    `Without flags a command finds the local cluster: .flotilla here, or in a folder above. --endpoint URL, or`,
    `$FLOTILLA_ENDPOINT with $FLOTILLA_TOKEN, choose another. -o json is for programs; NO_COLOR turns colours off.`,
    `Each command explains itself: ${paint.cyan("flotilla up --help")}`,
    "",
    paint.dim("Exit codes: 0 done · 1 failed or refused · 2 not understood · 3 the outcome is not known"),
  ].join("\n");
}

export function commandText(command: Command, paint: Paint): string {
  const flags = [...command.flags, ...GLOBAL_FLAGS];
  const described = [
    ...command.arguments.map(({ name, meaning }) => [name, meaning] as const),
    ...flags.map((flag) => [flagText(flag), meaningOf(flag)] as const),
  ];
  const widest = Math.max(...described.map(([name]) => name.length));
  const row = ([name, meaning]: readonly [string, string]): string => {
    const [first = "", ...others] = wrapped(meaning, WIDTH - widest - 4);
    return [`  ${paint.cyan(name.padEnd(widest))}  ${first}`, ...others.map((line) => " ".repeat(widest + 4) + line)].join("\n");
  };
  const parts = [
    `${paint.bold(`${command.program ?? "flotilla"} ${synopsisOf(command)}`)}${command.flags.length === 0 ? "" : " [flags]"}`,
    wrapped(
      `${command.summary[0]?.toUpperCase() ?? ""}${command.summary.slice(1)}.${command.details === undefined ? "" : ` ${command.details}`}`,
      WIDTH,
    ).join("\n"),
    described.map(row).join("\n"),
    [
      paint.bold(command.examples.length === 1 ? "Example" : "Examples"),
      ...command.examples.map((example) => `  ${paint.dim(`# ${example.meaning}`)}\n  ${paint.cyan(example.command)}`),
    ].join("\n"),
  ];
  return parts.join("\n\n");
}

/** A family: the commands that begin with one word. */
export function familyText(word: string, commands: readonly Command[], paint: Paint): string {
  const own = commands.filter(({ name }) => name === word || name.startsWith(`${word} `));
  const widest = Math.max(...own.map((command) => synopsisOf(command).length));
  const lines = own.map((command) => `  ${paint.cyan(synopsisOf(command).padEnd(widest))}  ${command.summary}`);
  return [
    `${paint.bold(`flotilla ${word}`)}`,
    "",
    ...lines,
    "",
    `Each explains itself: ${paint.cyan(`flotilla ${own.at(-1)?.name ?? word} --help`)}`,
  ].join("\n");
}

export function synopsisOf({ name, arguments: known }: Command): string {
  return [name, ...known.map(argumentText)].join(" ");
}

function argumentText({ name, isOptional, isList }: Argument): string {
  const text = isList === true ? `${name}…` : name;
  return isOptional === true ? `[${text}]` : text;
}

function flagText(flag: Flag): string {
  const short = flag.short === undefined ? "" : `-${flag.short}, `;
  return `${short}--${flag.name}${flag.kind === "switch" ? "" : ` ${flag.value}`}`;
}

function meaningOf(flag: Flag): string {
  if (flag.kind === "switch" || flag.fallback === undefined) return flag.meaning;
  const fallback = flag.kind === "duration" ? timeText(flag.fallback) : String(flag.fallback);
  return `${flag.meaning} (default ${fallback})`;
}
