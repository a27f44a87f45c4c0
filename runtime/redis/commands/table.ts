// All commands, by their names.
import { unknownCommand, unknownSubcommand, wrongArity } from "../error-texts.ts";
import { KnownWords } from "../protocol/known-words.ts";
import { CLUSTER_COMMANDS } from "./cluster.ts";
import type { Arguments, Command, ContainerCommand, LocalCommand, SimpleCommand } from "./command.ts";
import { hasArity } from "./command.ts";
import { CONNECTION_COMMANDS } from "./connection.ts";
import { COUNTER_COMMANDS } from "./counters.ts";
import { EXPIRY_COMMANDS } from "./expiry.ts";
import { FLOTILLA_COMMANDS } from "./flotilla.ts";
import { commandCommand } from "./introspection.ts";
import { KEY_SPACE_COMMANDS } from "./key-space.ts";
import { KEY_COMMANDS } from "./keys.ts";
import { SERVER_COMMANDS } from "./server.ts";
import { STRING_COMMANDS } from "./strings.ts";
import { TRANSACTION_COMMANDS } from "./transactions.ts";
import { whyUnsupported } from "./unsupported.ts";

export const COMMANDS: readonly Command[] = [
  ...STRING_COMMANDS,
  ...COUNTER_COMMANDS,
  ...KEY_COMMANDS,
  ...KEY_SPACE_COMMANDS,
  ...EXPIRY_COMMANDS,
  ...TRANSACTION_COMMANDS,
  ...CLUSTER_COMMANDS,
  ...CONNECTION_COMMANDS,
  ...SERVER_COMMANDS,
  ...FLOTILLA_COMMANDS,
  commandCommand(() => COMMANDS),
];

const BY_NAME: ReadonlyMap<string, Command> = new Map(COMMANDS.map((command) => [command.name, command]));
const SUBCOMMANDS: ReadonlyMap<string, SimpleCommand> = new Map(
  COMMANDS.flatMap((command) => (command.kind === "container" ? command.subcommands.map((each) => [each.name, each] as const) : [])),
);
const HELPERS: ReadonlyMap<string, LocalCommand> = new Map(
  COMMANDS.flatMap((command) => (command.kind === "container" ? [[command.name, helpOf(command)] as const] : [])),
);
const ALONE: ReadonlyMap<string, LocalCommand> = new Map(
  COMMANDS.flatMap((command) =>
    command.kind === "container" && command.alone !== undefined
      ? [[command.name, { ...command, kind: "local", run: command.alone }] as const]
      : [],
  ),
);
const NAME_LENGTH_MAX = 32;

const spellings = (name: string): readonly string[] => [name, name.toUpperCase()];
/** Names as nearly everybody spells them. */
export const COMMAND_NAMES = new KnownWords(COMMANDS.flatMap(({ name }) => spellings(name)));
const BY_WORD: ReadonlyMap<Buffer | null, Command> = new Map(
  COMMANDS.flatMap((command) => spellings(command.name).map((name) => [COMMAND_NAMES.find(Buffer.from(name), 0, name.length), command])),
);

/** The command that is meant, with as many arguments as it takes; a text is the error. */
export function commandIn(args: Arguments): SimpleCommand | string {
  const given = args[0] as Buffer;
  const command = BY_WORD.get(given) ?? BY_NAME.get(nameOf(given));
  if (command === undefined) return whyUnsupported(nameOf(given)) ?? unknownCommand(args);
  const { name } = command;
  if (command.kind !== "container") return hasArity(command, args.length) ? command : wrongArity(name);
  const [, word] = args;
  if (word === undefined) return ALONE.get(name) ?? wrongArity(name);
  const full = `${name}|${word.toString("latin1").toLowerCase()}`;
  const subcommand = SUBCOMMANDS.get(full);
  if (subcommand !== undefined) return hasArity(subcommand, args.length) ? subcommand : wrongArity(full);
  return full === `${name}|help` ? (HELPERS.get(name) as LocalCommand) : (whyUnsupported(full) ?? unknownSubcommand(name, word));
}

const nameOf = (given: Buffer): string => (given.length > NAME_LENGTH_MAX ? "" : given.toString("latin1").toLowerCase());

function helpOf(container: ContainerCommand): LocalCommand {
  const lines = [
    `${container.name.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`,
    ...container.subcommands.flatMap(({ name, summary }) => [(name.split("|")[1] as string).toUpperCase(), `    ${summary}`]),
    ...["HELP", "    Print this help."],
  ];
  return {
    ...container,
    ...{ kind: "local", name: `${container.name}|help`, arity: 2 },
    run: (_client, _args, out) => {
      out.array(lines.length);
      for (const line of lines) out.simple(line);
    },
  };
}
