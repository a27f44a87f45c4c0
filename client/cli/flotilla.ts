// `flotilla`: the command line. One line per command here; what each does is in a file of its own.
import { UsageError } from "./config.ts";
import { GROUP_RECOVER_USAGE, recoverGroupCommand } from "./group-recover.ts";
import { paintFor } from "./terminal.ts";

type Command = (args: readonly string[]) => Promise<number>;

const COMMANDS: Readonly<Record<string, Command>> = {
  "group recover": recoverGroupCommand,
};

const USAGE = `flotilla COMMAND

  ${GROUP_RECOVER_USAGE.split("\n")[0] ?? ""}

Each command explains itself with --help.`;

async function main(args: readonly string[]): Promise<number> {
  const command = COMMANDS[args.slice(0, 2).join(" ")];
  if (command !== undefined) return command(args.slice(2));
  if (args.length > 0 && !args.includes("--help") && !args.includes("-h"))
    throw new UsageError(`there is no command ${args.slice(0, 2).join(" ")}; see --help`);
  console.log(USAGE);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`${paintFor(process.stderr).red("✗")} ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
