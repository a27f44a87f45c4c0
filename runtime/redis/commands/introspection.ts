// COMMAND: what commands there are, out of the table itself.
import { SYNTAX } from "../error-texts.ts";
import { matches } from "../glob.ts";
import type { ReplyWriter } from "../protocol/reply-writer.ts";
import type { Arguments, Command, ContainerCommand, FoundKeys, LocalCommand } from "./command.ts";
import { hasArity, keysIn } from "./command.ts";

const INTROSPECTION = {
  kind: "local",
  group: "server",
  keys: null,
  complexity: "O(N) where N is the number of commands",
  flags: ["loading", "stale"],
} as const;

type All = () => readonly Command[];

function writeCommand(out: ReplyWriter, command: Command): void {
  const { name, arity, flags, keys } = command;
  out.array(10).bulkText(name).integer(arity).set(flags.length);
  for (const flag of flags) out.simple(flag);
  out
    .integer(keys?.first ?? 0)
    .integer(keys?.last ?? 0)
    .integer(keys?.step ?? 0);
  const categories = categoriesOf(command);
  out.set(categories.length);
  for (const category of categories) out.simple(category);
  out.array(0).array(0);
  const subcommands = subcommandsOf(command);
  out.array(subcommands.length);
  for (const each of subcommands) writeCommand(out, each);
}

const subcommandsOf = (command: Command): readonly Command[] => (command.kind === "container" ? command.subcommands : []);

const categoriesOf = ({ group, flags }: Command): readonly string[] => [
  `@${group === "generic" ? "keyspace" : group}`,
  ...(flags.includes("write") ? ["@write"] : []),
  ...(flags.includes("readonly") ? ["@read"] : []),
];

type Filter = (command: Command, wanted: string) => boolean;
const FILTERS: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ["module", () => false],
  ["aclcat", (command, wanted) => categoriesOf(command).includes(`@${wanted}`)],
  ["pattern", ({ name }, wanted) => matches(Buffer.from(wanted, "latin1"), Buffer.from(name))],
]);

/** By FILTERBY, or all, subcommands among them. A text is the error. */
function listed(all: All, [, , ...options]: Arguments): readonly Command[] | string {
  const commands = all().flatMap((command) => [command, ...subcommandsOf(command)]);
  if (options.length === 0) return commands;
  const [word, by = "", wanted = ""] = options.map((each) => each.toString("latin1").toLowerCase());
  const filter = word === "filterby" && options.length === 3 ? FILTERS.get(by) : undefined;
  return filter === undefined ? SYNTAX : commands.filter((command) => filter(command, wanted));
}

function writeDocs(out: ReplyWriter, command: Command): void {
  const subcommands = subcommandsOf(command);
  out.bulkText(command.name).map(subcommands.length > 0 ? 5 : 4);
  out.bulkText("summary").bulkText(command.summary).bulkText("since").bulkText(command.since);
  out.bulkText("group").bulkText(command.group).bulkText("complexity").bulkText(command.complexity);
  if (subcommands.length === 0) return;
  out.bulkText("subcommands").map(subcommands.length);
  for (const each of subcommands) writeDocs(out, each);
}

/** `name` or `name|subcommand`; undefined: there is none. */
function find(all: All, argument: Buffer): Command | undefined {
  const name = argument.toString("latin1").toLowerCase();
  const [container] = name.split("|");
  const found = all().find((each) => each.name === container);
  if (found?.name === name) return found;
  return found?.kind === "container" ? found.subcommands.find((each) => each.name === name) : undefined;
}

function keysOf(all: All, args: Arguments): FoundKeys {
  const command = find(all, args[0] as Buffer);
  if (command === undefined) return "ERR Invalid command specified";
  const keysWithin = command.kind === "control" ? command.keysWithin : undefined;
  if (command.keys === null && keysWithin === undefined) return "ERR The command has no key arguments";
  if (!hasArity(command, args.length)) return "ERR Invalid number of arguments specified for command";
  return keysWithin === undefined ? keysIn(command, args) : keysWithin(args, (own) => keysOf(all, own));
}

function writeKeysOf(all: All, args: Arguments, out: ReplyWriter): void {
  const keys = keysOf(all, args);
  if (typeof keys === "string") return void out.error(keys);
  out.array(keys.length);
  for (const key of keys) out.bulk(key);
}

function subcommands(all: All): readonly LocalCommand[] {
  return [
    {
      ...INTROSPECTION,
      ...{ name: "command|count", arity: 2, since: "2.8.13", summary: "How many commands there are." },
      run: (_client, _args, out) => void out.integer(all().length),
    },
    {
      ...INTROSPECTION,
      ...{ name: "command|list", arity: -2, since: "7.0.0", summary: "The names of all commands." },
      run: (_client, args, out) => {
        const commands = listed(all, args);
        if (typeof commands === "string") return void out.error(commands);
        out.array(commands.length);
        for (const { name } of commands) out.bulkText(name);
      },
    },
    {
      ...INTROSPECTION,
      ...{ name: "command|info", arity: -2, since: "2.8.13", summary: "What there is to know of some commands." },
      run: (_client, args, out) => {
        const wanted = args.length === 2 ? all() : args.slice(2).map((each) => find(all, each));
        out.array(wanted.length);
        for (const each of wanted)
          if (each === undefined) out.nilArray();
          else writeCommand(out, each);
      },
    },
    {
      ...INTROSPECTION,
      ...{ name: "command|docs", arity: -2, since: "7.0.0", summary: "What commands are for." },
      run: (_client, args, out) => {
        const wanted = args.length === 2 ? all() : args.slice(2).flatMap((each) => find(all, each) ?? []);
        out.map(wanted.length);
        for (const each of wanted) writeDocs(out, each);
      },
    },
    {
      ...INTROSPECTION,
      ...{ name: "command|getkeys", arity: -3, since: "2.8.13", summary: "The keys of a command." },
      run: (_client, args, out) => writeKeysOf(all, args.slice(2), out),
    },
  ];
}

/** Without a subcommand it tells of all. */
export function commandCommand(all: All): ContainerCommand {
  return {
    ...INTROSPECTION,
    ...{
      kind: "container",
      name: "command",
      arity: -1,
      since: "2.8.13",
      summary: "What commands there are.",
      subcommands: subcommands(all),
    },
    alone: (_client, _args, out) => {
      out.array(all().length);
      for (const each of all()) writeCommand(out, each);
    },
  };
}
