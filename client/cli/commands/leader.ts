// `flotilla leader GROUP`: who leads, and a way to let another lead.
import { LiveCluster } from "../cluster/live-cluster.ts";
import { environment } from "../config.ts";
import type { Command } from "../grammar/command.ts";
import { CLUSTER_FLAGS } from "../grammar/command.ts";
import type { Given } from "../grammar/given.ts";
import type { Output } from "../output.ts";
import { CODES, Trouble } from "../trouble.ts";

const TRANSFER_MS = 10_000;

export const leader: Command = {
  name: "leader",
  summary: "who leads a group; with --to, let another lead",
  arguments: [{ name: "GROUP", meaning: "a group's id, or controllers" }],
  flags: [
    { name: "to", kind: "whole", value: "ORDINAL", min: 0, max: 99, meaning: "hand leadership over to this member" },
    ...CLUSTER_FLAGS,
  ],
  examples: [
    { command: "flotilla leader 1", meaning: "its name, process id and address" },
    { command: "kill -9 $(flotilla leader 1 -o json | jq .pid)", meaning: "see what happens" },
    { command: "flotilla leader 1 --to 2", meaning: "before work on its machine" },
  ],
  run: runLeader,
};

async function runLeader(given: Given, output: Output): Promise<number> {
  const cluster = LiveCluster.of(given, environment);
  const name = given.argument("GROUP");
  const to = given.number("to");
  if (to !== null) {
    await cluster.leader(name, "POST", { path: "/v1/leader/transfer", body: { to } });
    await cluster.until(`${name} is led by member ${to}`, TRANSFER_MS, ({ groups }) => {
      const found = groups.find(({ group }) => group === name);
      return found?.leader?.endsWith(`-${to}`) === true ? true : null;
    });
  }
  const group = await cluster.group(name);
  const member = group.members.find((each) => each.name === group.leader);
  if (member === undefined) throw new Trouble(`nobody leads ${name} now`, "see why: flotilla status");
  const { pid = null, http, term } = member;
  output.result({ group: name, leader: member.name, pid, http, term }, () =>
    [member.name, `term ${term ?? "?"}`, ...(pid === null ? [] : [`pid ${pid}`]), http].join("  "),
  );
  return CODES.done;
}
