// Whatever is added to the commands is added to those that are compared.
import { expect, test } from "@jest/globals";
import { COMMANDS } from "../../../runtime/redis/commands/table.ts";
import { NAMES } from "./comparison.ts";

test("every command that Redis has too is compared, but for ASKING, and RESET, with which each comparison begins", () => {
  const left = COMMANDS.map(({ name }) => name).filter((name) => !NAMES.includes(name));
  expect(left.sort()).toEqual(["asking", "flotilla.client", "flotilla.txn", "once", "reset"]);
});

test.each(["slots", "shards", "nodes", "info", "myid", "keyslot", "countkeysinslot"])("CLUSTER %s counts for itself", (subcommand) => {
  expect(NAMES).toContain(`cluster ${subcommand}`);
});
