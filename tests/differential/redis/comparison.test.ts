// Whatever is added to the commands is added to those that are compared.
import { expect, test } from "@jest/globals";
import { COMMANDS } from "../../../runtime/redis/commands/table.ts";
import { NAMES } from "./comparison.ts";

test("every command that Redis has too is compared, but for ASKING, and RESET, with which each comparison begins", () => {
  const left = COMMANDS.map(({ name }) => name).filter((name) => !NAMES.includes(name));
  expect(left.sort()).toEqual(["asking", "flotilla.client", "flotilla.txn", "once", "reset"]);
});

const OF_LATER_VERSIONS = "it came with Redis 7.2, and the server that it would be compared with is 7.0";
/** They change what the shard controller has to say, and answer where it is told. */
const OF_THE_CONTROLLER = "Not done here: shards and groups are the shard controller's.";
/** Why they are not compared. */
const LEFT: Readonly<Record<string, string>> = {
  "client setinfo": OF_LATER_VERSIONS,
  "client no-touch": OF_LATER_VERSIONS,
  "cluster myshardid": OF_LATER_VERSIONS,
  "cluster count-failure-reports": "it is asked about a node by its id, which is each cluster's own",
  "command docs": "texts are each server's own",
  "config set": "members are configured by their environment, and it says so",
};

test("every subcommand that Redis has too is compared, or is left out for a reason", () => {
  const all = COMMANDS.flatMap((command) => (command.kind === "container" ? command.subcommands : []));
  const left = all.filter(({ name, summary }) => !NAMES.includes(name.replace("|", " ")) && summary !== OF_THE_CONTROLLER);
  expect(left.map(({ name }) => name.replace("|", " ")).sort()).toEqual(Object.keys(LEFT).sort());
});
