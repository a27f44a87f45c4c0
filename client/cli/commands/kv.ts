// `flotilla kv …`: the store, one call at a time. A value goes to standard output as it is, so that it can be piped.
import type { Entry } from "../../entry.ts";
import { keyFields, textIn, valueFields } from "../bytes-json.ts";
import { environment } from "../config.ts";
import { findContext } from "../cluster/context.ts";
import type { KeyValues } from "../cluster/key-values.ts";
import { openKeyValues, valueOf } from "../cluster/key-values.ts";
import { servedBy } from "../cluster/serving.ts";
import type { Argument, Command, Flag } from "../grammar/command.ts";
import { CLUSTER_FLAGS } from "../grammar/command.ts";
import type { Given } from "../grammar/given.ts";
import type { Fields } from "../json.ts";
import type { Output } from "../output.ts";
import { count, counted, cut, table } from "../terminal.ts";
import { CODES, Trouble, UsageError } from "../trouble.ts";

const KEY: Argument = { name: "KEY", meaning: "1 to 1024 bytes" };
const VALUE: Argument = { name: "VALUE", meaning: "the value; - reads it from standard input" };

const TIMEOUT: Flag = {
  name: "timeout",
  kind: "duration",
  value: "TIME",
  fallback: 5_000,
  min: 1,
  max: 60_000,
  meaning: "how long it may take, retries included",
};
const GUARDS: readonly Flag[] = [
  {
    name: "if-version",
    kind: "whole",
    value: "N",
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    meaning: "only if the key has this version; 0: only if there is none",
  },
  { name: "if-revision", kind: "whole", value: "N", min: 0, max: Number.MAX_SAFE_INTEGER, meaning: "only if the key has this revision" },
];
const COMMON: readonly Flag[] = [TIMEOUT, ...CLUSTER_FLAGS];
const PAGE = 500;
const VALUE_WIDTH = 60;

type Call = (store: KeyValues, given: Given, output: Output) => Promise<number>;

/** Opens the store for one call, and closes it whatever happens. */
function withStore(call: Call): Command["run"] {
  return async (given, output) => {
    const context = await servedBy("replica", findContext(given, { environment, workingDirectory: process.cwd() }));
    const store = openKeyValues(context, { deadlineMs: given.numberOr("timeout") });
    try {
      return await call(store, given, output);
    } finally {
      await store.close();
    }
  };
}

const get: Command = {
  name: "kv get",
  summary: "read a key",
  details: "Ends with 1 where there is no such key.",
  arguments: [KEY],
  flags: [
    { name: "stale", kind: "switch", meaning: "from any one member, which may lag behind; works without a majority, too" },
    ...COMMON,
  ],
  examples: [
    { command: "flotilla kv get greeting", meaning: "the value as it is" },
    { command: "flotilla kv get greeting -o json", meaning: "with its version and revision" },
  ],
  run: withStore(async (store, given, output) => {
    const key = given.argument("KEY");
    const entry = valueOf(await store.get(key, { consistency: given.has("stale") ? "stale" : "linearizable" }));
    if (entry === null) throw new Trouble(`there is no key ${JSON.stringify(key)}`, "see what there is: flotilla kv scan");
    if (output.format === "json") output.result({ key, ...jsonOf(entry) }, () => "");
    else process.stdout.write(output.isTerminal ? Buffer.concat([entry.value, NEWLINE]) : entry.value);
    return CODES.done;
  }),
};

const NEWLINE = Buffer.from("\n");

const put: Command = {
  name: "kv put",
  summary: "write a key",
  arguments: [KEY, VALUE],
  flags: [
    ...GUARDS,
    {
      name: "ttl",
      kind: "duration",
      value: "TIME",
      fallback: 0,
      min: 0,
      max: 31_536_000_000,
      meaning: "gone after this time; 0: it stays",
    },
    ...COMMON,
  ],
  examples: [
    { command: "flotilla kv put greeting hello", meaning: "answered once it is on the disks of a majority" },
    { command: "flotilla kv put report - < report.txt", meaning: "from a file" },
    { command: "flotilla kv put session/17 open --ttl 30m", meaning: "gone after half an hour" },
  ],
  run: withStore(async (store, given, output) => {
    const ttl = given.numberOr("ttl") === 0 ? {} : { ttlMs: given.numberOr("ttl") };
    const change = valueOf(await store.put(given.argument("KEY"), await valueIn(given), { ...guardsIn(given), ...ttl }));
    output.result(change, () => `version ${count(change.version)} · revision ${count(change.revision)}`);
    return CODES.done;
  }),
};

const cas: Command = {
  name: "kv cas",
  summary: "write a key only if it still has the version that you read",
  details: "Ends with 1 where it has another.",
  arguments: [KEY, { name: "VERSION", meaning: "the version that it must have; 0: there must be no such key" }, VALUE],
  flags: COMMON,
  examples: [{ command: "flotilla kv cas leader 0 me", meaning: "whoever comes first" }],
  run: withStore(async (store, given, output) => {
    const version = given.argument("VERSION");
    if (!/^[0-9]{1,15}$/.test(version))
      throw new UsageError(`VERSION is ${JSON.stringify(version)}, not a whole number`, "read it: flotilla kv get KEY -o json");
    const change = valueOf(await store.put(given.argument("KEY"), await valueIn(given), { ifVersion: Number(version) }));
    output.result(change, () => `version ${count(change.version)} · revision ${count(change.revision)}`);
    return CODES.done;
  }),
};

const del: Command = {
  name: "kv del",
  summary: "delete a key",
  arguments: [KEY],
  flags: [...GUARDS, ...COMMON],
  examples: [{ command: "flotilla kv del greeting", meaning: "deleting what is not there is no mistake" }],
  run: withStore(async (store, given, output) => {
    const { deleted, revision } = valueOf(await store.delete(given.argument("KEY"), guardsIn(given)));
    output.result({ deleted, revision }, () => (deleted ? `deleted · revision ${count(revision)}` : "there was no such key"));
    return CODES.done;
  }),
};

const append: Command = {
  name: "kv append",
  summary: "add to the end of a value",
  arguments: [KEY, VALUE],
  flags: [...GUARDS, ...COMMON],
  examples: [{ command: "flotilla kv append log 'one more line'", meaning: "a key that is not there begins empty" }],
  run: withStore(async (store, given, output) => {
    const appended = valueOf(await store.append(given.argument("KEY"), await valueIn(given), guardsIn(given)));
    output.result(
      appended,
      () => `${counted(appended.length, "byte")} · version ${count(appended.version)} · revision ${count(appended.revision)}`,
    );
    return CODES.done;
  }),
};

const increment: Command = {
  name: "kv increment",
  summary: "add to a number",
  arguments: [KEY],
  flags: [{ name: "by", kind: "text", value: "N", fallback: "1", meaning: "a whole number, also below zero" }, ...GUARDS, ...COMMON],
  examples: [{ command: "flotilla kv increment visits --by 10", meaning: "a key that is not there begins at 0" }],
  run: withStore(async (store, given, output) => {
    const by = given.text("by") ?? "";
    if (!/^-?[0-9]{1,19}$/.test(by))
      throw new UsageError(`--by is ${JSON.stringify(by)}, not a whole number`, "for example: --by 10, or --by=-10");
    const { value, ...change } = valueOf(await store.increment(given.argument("KEY"), BigInt(by), guardsIn(given)));
    output.result({ value: String(value), ...change }, () => String(value));
    return CODES.done;
  }),
};

const scan: Command = {
  name: "kv scan",
  summary: "list the keys that begin with a prefix, in byte order",
  arguments: [{ name: "PREFIX", meaning: "what they begin with; without: all keys", isOptional: true }],
  flags: [
    { name: "limit", kind: "whole", value: "N", fallback: 100, min: 1, max: 1_000_000, meaning: "at most so many" },
    { name: "resolve", kind: "switch", meaning: "of a prefix into which a job has written, what it wrote" },
    ...COMMON,
  ],
  examples: [
    { command: "flotilla kv scan users/ --limit 20", meaning: "the first twenty" },
    { command: "flotilla kv scan counts/ --resolve", meaning: "the output of a job that ran with --to kv:counts/" },
  ],
  run: withStore(async (store, given, output) => {
    const limit = given.numberOr("limit");
    const entries: Entry[] = [];
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<KeyValues["scanPage"]>> = await store.scanPage(given.optional("PREFIX") ?? "", {
        after,
        limit: Math.min(PAGE, limit - entries.length),
        resolve: given.has("resolve"),
      });
      const { entries: found, next } = valueOf(page);
      entries.push(...found);
      after = next;
    } while (after !== null && entries.length < limit);
    const rest = after === null ? null : `there are more: --limit ${limit * 10}`;
    output.result(entries.map(entryJson), () =>
      entries.length === 0
        ? "there is no such key"
        : table(entries.map(({ key, value, version }) => [shown(key), `v${version}`, shown(value)])),
    );
    if (rest !== null && output.isTerminal) output.warn(rest);
    return CODES.done;
  }),
};

export const KV_COMMANDS: readonly Command[] = [get, put, del, append, increment, cas, scan];

/** One line, however long and whatever it holds. */
function shown(value: Uint8Array): string {
  const text = textIn(value);
  return cut(text === null ? `(${counted(value.length, "byte")})` : JSON.stringify(text).slice(1, -1), VALUE_WIDTH);
}

type Held = Pick<Entry, "value" | "version" | "revision"> & { readonly expiresAtMs?: number | null };

/** As the store tells it over HTTP. */
export function entryJson({ key, ...held }: Held & Pick<Entry, "key">): Fields {
  return { ...keyFields(key), ...jsonOf(held) };
}

function jsonOf({ value, version, revision, expiresAtMs = null }: Held): Fields {
  return { ...valueFields(value), version, revision, ...(expiresAtMs === null ? {} : { expiresAtMs }) };
}

function guardsIn(given: Given): { readonly ifVersion?: number; readonly ifRevision?: number } {
  const [version, revision] = [given.number("if-version"), given.number("if-revision")];
  return { ...(version === null ? {} : { ifVersion: version }), ...(revision === null ? {} : { ifRevision: revision }) };
}

async function valueIn(given: Given): Promise<string | Uint8Array> {
  const value = given.argument("VALUE");
  if (value !== "-") return value;
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
