// docs/redis-commands.md, made of the table: what is there, and what is not and why.
import type { Command, Group } from "./command.ts";
import { COMMANDS } from "./table.ts";
import { shownName, UNSUPPORTED } from "./unsupported.ts";

const TITLES: Readonly<Record<Group, string>> = {
  string: "Values",
  generic: "Keys",
  transactions: "Transactions",
  cluster: "The cluster",
  connection: "The connection",
  server: "The member",
  flotilla: "What Redis has not",
};

const INTRODUCTION = `# Commands of the Redis door

Made of the table in \`runtime/redis/commands/\` by \`make redis-commands\`; a test holds it to that. Replies and errors are Redis's own, word for word: \`make redis-diff\` compares them with a real redis-server.

## What differs

- Values are strings of at most 1 MiB, keys have 1 to 1,024 bytes, and a request, or the values that one request reads, have limits of their own. Beyond them there is an error.
- A time to live ends before the year 10889. INCRBYFLOAT knows decimal fractions, with an exponent or without; no hexadecimal ones. A value that is so small that it is no number (below 2e-4951) counts as zero; redis-server refuses it. A transaction has at most 100 of them: each sum may have five thousand digits; and at most 100 of SETRANGE and RENAME together: each may have to write 1 MiB anew.
- Keys of one command are of one slot, as in any Redis Cluster, and so are all keys of a transaction together with those that it watches. A transaction has at most 1,000 operations, and so has one command; at most 1,000 keys are watched at once.
- A transaction that writes reads values of at most 1 MiB together. GETDEL, GETSET and SET with GET that find no room are done, and an error says that the value before is left out.
- Within MULTI there are no commands that look through all keys (SCAN, KEYS, DBSIZE, RANDOMKEY, CLUSTER COUNTKEYSINSLOT, CLUSTER GETKEYSINSLOT), no MSETNX, no FLOTILLA.CLIENT and no FLOTILLA.TXN.
- A key that was absent when it was watched, and is absent again, has not changed. Neither has one that is told to end when it ends anyway.
- SCAN, KEYS, DBSIZE and RANDOMKEY see the keys of the group whose member is asked, each shard at its own moment. A cursor of SCAN is good at the member that gave it, as long as it remembers it; one of its single endpoint only there, and no other there. RANDOMKEY is not evenly random.
- DBSIZE does not count keys that have ended; redis-server counts them until it removes them.
- Whoever asks a follower is sent to the leader, or, after READONLY, served, transactions of reads included: linearizably, too.
- Nobody is ever sent on with ASK or TRYAGAIN: while a shard moves or a leader is elected requests are held, for up to five seconds from when it is their turn.
- \`-ERR UNKNOWN …\` says that nobody knows whether it was done. Plain commands are then at-least-once if they are sent again; with ONCE they are exactly once.
- A client that takes nothing for a minute is let go, where more than 1 MiB waits for it, or the last replies after QUIT or the end of its side.
- With a pipeline of more than one slot the slots don't wait for each other: of commands on different slots, a later one may take effect first.

## What clients need

Any client of Redis Cluster with its defaults, and one exception. A client of node-redis 4 that was once sent on by a member (MOVED) never reconnects to that member: when the member dies and comes back, commands for its keys fail with "The client is closed" until
the process ends, whatever the server. The library marks its own probe of the cluster as not to be reconnected, in options that the probe shares with the client. Options of one's own keep the two apart: \`createCluster({ rootNodes, defaults: { socket: {} } })\`. Versions 5 and 6 need nothing.
`;

export function redisCommandsDocument(): string {
  const groups = Object.entries(TITLES) as [Group, string][];
  const sections = groups.map(([group, title]) => {
    const commands = COMMANDS.filter((each) => each.group === group);
    return `## ${title}\n\n| Command | Arguments | Keys | What it does |\n|---|---|---|---|\n${commands.flatMap(rowsOf).join("\n")}\n`;
  });
  const missing = [...UNSUPPORTED].map(([why, names]) => `- ${names.map(shownName).join(", ")}: ${why}.`);
  return `${[INTRODUCTION, ...sections].join("\n")}\n## What is not there\n\n${missing.join("\n")}\n`;
}

function rowsOf(command: Command): readonly string[] {
  const subcommands = command.kind === "container" ? command.subcommands : [];
  return [rowOf(command), ...subcommands.map(rowOf)];
}

function rowOf({ name, arity, keys, summary }: Command): string {
  const length = Math.abs(arity) - name.split("|").length;
  const places =
    keys === null ? "" : keys.last < 0 ? (keys.step === 2 ? "every second" : "all") : keys.first === keys.last ? "first" : "both";
  return `| ${shownName(name)} | ${arity < 0 ? `${length} or more` : length} | ${places} | ${summary} |`;
}
