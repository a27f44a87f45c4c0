// `flotilla shards`: who owns what, and moving one.
import { shardOf } from "../../../core/shards/slots.ts";
import { LiveCluster } from "../cluster/live-cluster.ts";
import { environment } from "../config.ts";
import type { Command, Flag } from "../grammar/command.ts";
import { CLUSTER_FLAGS } from "../grammar/command.ts";
import type { Given } from "../grammar/given.ts";
import { rangesOf } from "../status/ranges.ts";
import type { Output } from "../output.ts";
import { counted, duration, MARKS, table } from "../terminal.ts";
import { CODES, Trouble, UsageError } from "../trouble.ts";

export const WAIT_FLAGS: readonly Flag[] = [
  { name: "no-wait", kind: "switch", meaning: "return once the controllers have taken it" },
  {
    name: "timeout",
    kind: "duration",
    value: "TIME",
    fallback: 120_000,
    min: 1_000,
    max: 3_600_000,
    meaning: "how long to wait until it is done",
  },
];

const list: Command = {
  name: "shards",
  summary: "which group owns which shards",
  arguments: [],
  flags: [{ name: "key", kind: "text", value: "KEY", meaning: "only the shard of this key" }, ...CLUSTER_FLAGS],
  examples: [
    { command: "flotilla shards", meaning: "by group" },
    { command: "flotilla shards --key greeting", meaning: "where one key lives" },
  ],
  run: runList,
};

const move: Command = {
  name: "shards move",
  summary: "give a shard to another group, while it is used",
  details: "It stays there until groups join or leave.",
  arguments: [
    { name: "SHARD", meaning: "its number, from 0 to 255" },
    { name: "GROUP", meaning: "who gets it" },
  ],
  flags: [...WAIT_FLAGS, ...CLUSTER_FLAGS],
  examples: [{ command: "flotilla shards move 17 2", meaning: "reads and writes go on meanwhile" }],
  run: runMove,
};

export const SHARD_COMMANDS: readonly Command[] = [list, move];

async function runList(given: Given, output: Output): Promise<number> {
  const { owners, groups, configNumber, moves } = await LiveCluster.of(given, environment).view();
  if (owners === null) throw new Trouble("nobody knows which group owns what", "see what runs: flotilla status");
  const key = given.text("key");
  if (key !== null) {
    const shard = shardOf(Buffer.from(key));
    const owner = owners[shard] ?? null;
    const leader = groups.find(({ group }) => group === owner)?.leader ?? null;
    output.result(
      { key, shard, group: owner, leader },
      () => `shard ${shard}  ${owner === null ? "owned by nobody" : `group ${owner}${leader === null ? "" : `, led by ${leader}`}`}`,
    );
    return CODES.done;
  }
  const names = [
    ...new Set([
      ...groups.filter(({ service }) => service === "replica").map(({ group }) => group),
      ...owners.flatMap((owner) => owner ?? []),
    ]),
  ];
  const owned = names.map((group) => ({ group, shards: owners.flatMap((owner, shard) => (owner === group ? [shard] : [])) }));
  output.result({ number: configNumber, groups: owned, moves }, () =>
    [
      output.paint.dim(`configuration ${configNumber ?? "?"}`),
      table(owned.map(({ group, shards }) => [`group ${group}`, counted(shards.length, "shard"), rangesOf(shards)])),
      ...moves.map(
        ({ shard, from, to, state }) =>
          `  ${output.paint.cyan(`shard ${shard} moves ${from === null ? "" : `from group ${from} `}to group ${to}: ${state}`)}`,
      ),
    ].join("\n"),
  );
  return CODES.done;
}

async function runMove(given: Given, output: Output): Promise<number> {
  const [text, group] = [given.argument("SHARD"), given.argument("GROUP")];
  if (!/^[0-9]{1,3}$/.test(text))
    throw new UsageError(`SHARD is ${JSON.stringify(text)}, not a number from 0 to 255`, "see them all: flotilla shards");
  const shard = Number(text);
  const cluster = LiveCluster.of(given, environment);
  const startMs = performance.now();
  await cluster.controllers("POST", "/v1/shards/move", { shard, group });
  if (!given.has("no-wait"))
    await cluster.until(`shard ${shard} is served by group ${group}`, given.numberOr("timeout"), (view) =>
      view.groups.some((each) => each.group === group && each.serving.includes(shard)) ? true : null,
    );
  const took = given.has("no-wait") ? null : performance.now() - startMs;
  output.result({ shard, group, tookMs: took === null ? null : Math.round(took) }, () =>
    took === null
      ? `Shard ${shard} is on its way to group ${group}.`
      : `${output.paint.green(MARKS.good)} Group ${group} serves shard ${shard} after ${duration(took)}.`,
  );
  return CODES.done;
}
