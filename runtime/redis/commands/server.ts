// Commands about the member that is asked.
import type { Command, ContainerCommand, LocalCommand } from "./command.ts";
import { NOT_AN_INTEGER } from "../error-texts.ts";
import { matches } from "../glob.ts";
import { infoText } from "./info.ts";
import { roughNumber } from "./numbers.ts";

const SERVER = { kind: "local", group: "server", keys: null, complexity: "O(1)", flags: ["loading", "stale"] } as const;

/** What clients look for. It is not how this store is configured. */
const CONFIGURATION: Readonly<Record<string, string>> = {
  appendonly: "yes",
  appendfsync: "always",
  "cluster-enabled": "yes",
  databases: "1",
  maxmemory: "0",
  "maxmemory-policy": "noeviction",
  save: "",
};

const CONFIG_SUBCOMMANDS: readonly LocalCommand[] = [
  {
    ...SERVER,
    ...{ name: "config|get", arity: -3, since: "2.0.0", summary: "What clients look for before they begin." },
    run: (_client, args, out) => {
      const patterns = args.slice(2).map((each) => Buffer.from(each.toString("latin1").toLowerCase()));
      const found = Object.entries(CONFIGURATION).filter(([name]) => patterns.some((pattern) => matches(pattern, Buffer.from(name))));
      out.map(found.length);
      for (const [name, value] of found) out.bulkText(name).bulkText(value);
    },
  },
  {
    ...SERVER,
    ...{ name: "config|set", arity: -4, since: "2.0.0", summary: "Not done here: members are configured by their environment." },
    run: (_client, _args, out) => void out.error("ERR members are configured by their environment: see services/replica/README.md"),
  },
  {
    ...SERVER,
    ...{ name: "config|resetstat", arity: 2, since: "2.0.0", summary: "Nothing." },
    run: (_client, _args, out) => void out.simple("OK"),
  },
];

const config: ContainerCommand = {
  ...SERVER,
  ...{ kind: "container", name: "config", arity: -2, since: "2.0.0", flags: ["admin", "noscript", "loading", "stale"] },
  ...{ summary: "What clients look for before they begin.", subcommands: CONFIG_SUBCOMMANDS },
};

export const SERVER_COMMANDS: readonly Command[] = [
  {
    ...SERVER,
    ...{ name: "info", arity: -1, since: "1.0.0", summary: "Facts about this member." },
    run: (client, args, out) =>
      void out.verbatim(
        infoText(
          client,
          args.slice(1).map((each) => each.toString("latin1").toLowerCase()),
        ),
      ),
  },
  {
    ...SERVER,
    ...{ name: "time", arity: 1, flags: ["loading", "stale", "fast"], since: "2.6.0", summary: "The time of this machine." },
    run: ({ surroundings }, _args, out) => {
      const nowMs = surroundings.wallMs();
      out
        .array(2)
        .bulkText(String(Math.floor(nowMs / 1_000)))
        .bulkText(String(Math.floor((nowMs % 1_000) * 1_000)));
    },
  },
  {
    ...SERVER,
    ...{ name: "wait", arity: 3, group: "generic", flags: ["noscript"], since: "3.0.0" },
    summary: "How many others have every write that was acknowledged: a majority but one, at once.",
    run: ({ surroundings: { cluster } }, [, wanted, timeout], out) => {
      const [replicas, ms] = [roughNumber(wanted as Buffer), roughNumber(timeout as Buffer)];
      if (replicas === null) return void out.error(NOT_AN_INTEGER);
      if (ms === null) return void out.error("ERR timeout is not an integer or out of range");
      if (ms < 0) return void out.error("ERR timeout is negative");
      out.integer(Math.floor(cluster.members / 2));
    },
  },
  config,
];
