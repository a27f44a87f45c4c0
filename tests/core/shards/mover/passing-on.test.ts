import { asGroup } from "../../../../core/base/ids.ts";
import { decodeConfiguration } from "../../../../core/shards/configuration.ts";
import { decodeGroupCommand } from "../../../../core/shards/group-commands.ts";
import { PassingOnErrand } from "../../../../core/shards/mover/passing-on.ts";
import { configurationOf } from "../bench/configurations.ts";
import { ShardedGroup } from "../sharded-group.ts";

test("a group that is behind is given the next configuration, and none that is not kept or does not exist", () => {
  const group = new ShardedGroup("1");
  for (let number = 1; number <= 12; number++) group.adopt(configurationOf(number, 2, { a: 1 }));
  let known = 7;
  const errand = new PassingOnErrand(group.machine, asGroup("2"), () => known);
  const action = errand.next();
  const bytes = action?.kind === "ask" && action.question.to === "group" ? action.question.operation.bytes : new Uint8Array(0);
  const command = decodeGroupCommand(bytes);
  expect(command?.kind === "adopt" ? decodeConfiguration(command.configuration)?.number : null).toBe(8);
  expect([errand.answered(), errand.proposalEnded()].every((pauseMs) => pauseMs > 0)).toBe(true);
  for (known of [1, 12, Infinity]) expect(errand.next()).toBeNull();
});
