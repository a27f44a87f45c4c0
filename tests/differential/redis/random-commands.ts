// Commands at random, on few keys and with few values, so that they meet; good ones and bad ones. What depends on chance, on the
// machine or on the moment is among them as far as something of it can be compared (likeness.ts).
import fc from "fast-check";
import { slotOf } from "../../../core/shards/slots.ts";

export type RandomCommand = readonly string[];

/** Mostly of one slot. */
const key = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom("{t}a", "{t}b", "{t}c", "{t}d") },
  { weight: 1, arbitrary: fc.constantFrom("other", "another") },
);
const value = fc.oneof(
  fc.constantFrom(
    "",
    "x",
    "hello world",
    "0",
    "1",
    "-1",
    "10",
    "007",
    "+5",
    " 5",
    "5 ",
    "3.0",
    "3.14",
    "-0.5",
    "1e3",
    "abc",
    "\u0000\u00ff",
  ),
  fc.constantFrom("9223372036854775807", "-9223372036854775808", "9223372036854775808", "1e400", "nan", "inf", "-inf"),
  fc.string({ maxLength: 12 }),
);
const integer = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -20, max: 20 }).map(String) },
  { weight: 2, arbitrary: fc.constantFrom("9223372036854775807", "-9223372036854775808", "9223372036854775806", "-9223372036854775807") },
  { weight: 2, arbitrary: fc.constantFrom("x", "", "1.5", "9223372036854775808", "+1", "01", "-0", " 1") },
);
const float = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }).map(String) },
  { weight: 4, arbitrary: fc.integer({ min: -100, max: 100 }).map((n) => (n / 10).toString()) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "1e10",
      "-2.5e3",
      ".5",
      "5.",
      "+1.5",
      "inf",
      "-inf",
      "nan",
      "x",
      "",
      " 1",
      "1 ",
      "1e",
      "1e-30",
      "1e-5000",
      "3.0e3",
    ),
  },
);
/** Far enough ahead to be there when it is looked at, or passed. */
const seconds = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1_000, max: 100_000 }).map(String) },
  { weight: 2, arbitrary: fc.constantFrom("0", "-1", "-100") },
  { weight: 2, arbitrary: fc.constantFrom("x", "1.5", "", "9223372036854775807", "-9223372036854775808", "9223372036854775") },
);
const milliseconds = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1_000_000, max: 100_000_000 }).map(String) },
  { weight: 2, arbitrary: fc.constantFrom("0", "-1", "-100") },
  { weight: 2, arbitrary: fc.constantFrom("x", "", "9223372036854775807", "-9223372036854775808") },
);
const moment = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 4_000_000_000, max: 5_000_000_000 }).map(String) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 1_000_000 }).map(String) },
  { weight: 2, arbitrary: fc.constantFrom("0", "-1", "x", "9223372036854775807", "-9223372036854775808") },
);
const momentMs = fc.oneof(
  {
    weight: 4,
    // Half a second is where seconds are rounded.
    arbitrary: fc
      .tuple(fc.integer({ min: 4_000_000_000, max: 5_000_000_000 }), fc.constantFrom("123", "499", "500", "999"))
      .map(([n, ms]) => `${n}${ms}`),
  },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 1_000_000 }).map(String) },
  { weight: 2, arbitrary: fc.constantFrom("0", "-1", "x", "-9223372036854775808") },
);

const list = (...parts: readonly fc.Arbitrary<string | readonly string[]>[]): fc.Arbitrary<readonly string[]> =>
  fc.tuple(...parts).map((each) => each.flat());
const word = (text: string): fc.Arbitrary<string> => fc.constantFrom(text, text.toUpperCase(), text);
const words = (...texts: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...texts, ...texts.map((text) => text.toUpperCase()));

const time = fc.oneof(list(word("ex"), seconds), list(word("px"), milliseconds), list(word("exat"), moment), list(word("pxat"), momentMs));
const setOption: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 3, arbitrary: time },
  { weight: 4, arbitrary: words("nx", "xx", "get", "keepttl").map((each) => [each]) },
  { weight: 1, arbitrary: words("persist", "ex", "foo").map((each) => [each]) },
);
const getexOption: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 4, arbitrary: time },
  { weight: 2, arbitrary: words("persist").map((each) => [each]) },
  { weight: 1, arbitrary: words("nx", "keepttl", "px").map((each) => [each]) },
);
const expireOption = fc.oneof({ weight: 8, arbitrary: words("nx", "xx", "gt", "lt") }, { weight: 1, arbitrary: fc.constant("foo") });
/** Good ones, and such as end in the middle. */
const glob = fc
  .array(fc.constantFrom(...String.raw`{t} a b other * ? [a-c] [c-a] [^a] [\a] [ab [^ [a- \{t\} \ [ ] ^ -`.split(" ")), { maxLength: 4 })
  .map((parts) => parts.join(""));
const keys = fc.array(key, { minLength: 1, maxLength: 4 });
const pairs = fc.array(fc.tuple(key, value), { minLength: 1, maxLength: 3 }).map((each) => each.flat());
const options = (option: fc.Arbitrary<readonly string[]>, maxLength: number): fc.Arbitrary<readonly string[]> =>
  fc.array(option, { maxLength }).map((each) => each.flat());

const scanOption: fc.Arbitrary<readonly string[]> = fc.oneof(
  list(word("match"), glob),
  list(word("type"), fc.constantFrom("string", "STRING", "hash", "foo")),
);

/** By name: what its arguments may be. */
export const ARGUMENTS: Readonly<Record<string, fc.Arbitrary<readonly string[]>>> = {
  get: list(key),
  set: list(key, value, options(setOption, 3)),
  setnx: list(key, value),
  setex: list(key, seconds, value),
  psetex: list(key, milliseconds, value),
  getset: list(key, value),
  getdel: list(key),
  getex: list(key, options(getexOption, 2)),
  mget: keys,
  mset: fc.oneof({ weight: 6, arbitrary: pairs }, { weight: 1, arbitrary: list(pairs, key) }),
  msetnx: fc.oneof({ weight: 6, arbitrary: pairs }, { weight: 1, arbitrary: list(pairs, key) }),
  append: list(key, value),
  strlen: list(key),
  getrange: list(key, integer, integer),
  setrange: list(key, integer, value),
  incr: list(key),
  incrby: list(key, integer),
  decr: list(key),
  decrby: list(key, integer),
  incrbyfloat: list(key, float),
  del: keys,
  unlink: keys,
  exists: keys,
  touch: keys,
  type: list(key),
  rename: list(key, key),
  expire: list(key, seconds, fc.array(expireOption, { maxLength: 2 })),
  pexpire: list(key, milliseconds, fc.array(expireOption, { maxLength: 2 })),
  expireat: list(key, moment, fc.array(expireOption, { maxLength: 2 })),
  pexpireat: list(key, momentMs, fc.array(expireOption, { maxLength: 2 })),
  ttl: list(key),
  pttl: list(key),
  expiretime: list(key),
  pexpiretime: list(key),
  persist: list(key),
  dbsize: fc.constant([]),
  keys: list(
    fc.oneof(
      { weight: 1, arbitrary: fc.constantFrom("*", "{t}*", "{t}?", "*other", "{t}[a-c]", "{t}[^a]") },
      { weight: 2, arbitrary: glob },
    ),
  ),
  scan: fc.oneof(
    // So many that there is one page of them: cursors are each server's own.
    { weight: 4, arbitrary: list(fc.constant("0"), options(scanOption, 2), fc.constant(["count", "10000"])) },
    { weight: 1, arbitrary: fc.constantFrom(["x"], ["1x"], ["0", "count", "0"], ["0", "count", "x"], ["0", "foo"], ["0", "match"]) },
  ),
  randomkey: fc.constant([]),
  time: fc.constant([]),
  wait: list(fc.constantFrom("0", "0", "-1", "x", "1.5"), fc.constantFrom("0", "1", "-1", "x", "")),
  multi: fc.constant([]),
  exec: fc.constant([]),
  discard: fc.constant([]),
  watch: keys,
  unwatch: fc.constant([]),
  ping: fc.oneof(fc.constant([]), list(value), list(value, value)),
  echo: list(value),
  select: list(fc.constantFrom("0", "0", "1", "x", "-1")),
  cluster: fc.constant(["foo"]),
  readonly: fc.constant([]),
  readwrite: fc.constant([]),
  nonsense: fc.array(value, { maxLength: 3 }),
};

/** The first is that of most keys. */
const slot = fc.constantFrom(String(slotOf(Buffer.from("t"))), "1", "x", "20000", "-1");
/** What follows CLUSTER. */
const ABOUT_THE_CLUSTER: Readonly<Record<string, fc.Arbitrary<readonly string[]>>> = {
  keyslot: list(value),
  countkeysinslot: list(slot),
  // Of a slot without keys: in which order they come is each server's own, and so is when those that have ended go.
  getkeysinslot: list(fc.constantFrom("1", "x", "20000", "-1"), fc.constantFrom("10", "0", "-1", "x")),
  links: fc.constant([]),
  slots: fc.constant([]),
  shards: fc.constant([]),
  nodes: fc.constant([]),
  info: fc.constant([]),
  myid: fc.constant([]),
};

/** What tells of the server itself, and of the connection: as it is written here, as there is much that only one of the two has. */
export const ABOUT_THE_SERVER: Readonly<Record<string, fc.Arbitrary<readonly string[]>>> = {
  hello: fc.constantFrom<readonly string[]>(
    ...[[], ["2"], ["3"], ["2", "SETNAME", "me"], ["3", "AUTH", "default", "any"], ["3", "setname", "two words"]],
    ...[["4"], ["1"], ["x"], ["3", "foo"], ["2", "AUTH", "default"], ["3", "SETNAME"]],
  ),
  auth: fc.constantFrom<readonly string[]>(["any"], ["default", "any"], ["somebody", "any"], ["default", "any", "more"], []),
  client: fc.constantFrom<readonly string[]>([], ["foo"]),
  config: fc.constantFrom<readonly string[]>([], ["foo"]),
  command: fc.constantFrom<readonly string[]>(["foo"]),
  info: fc.constantFrom<readonly string[]>([], ["server"], ["Clients"], ["stats", "keyspace"], ["nonsense"]),
};

const SETTINGS = ["appendonly", "appendfsync", "cluster-enabled", "databases", "maxmemory", "maxmemory-policy", "save", "sa?e", "nothing"];

/** Each as a command of its own. */
export const SUBCOMMANDS: Readonly<Record<string, Readonly<Record<string, fc.Arbitrary<readonly string[]>>>>> = {
  cluster: ABOUT_THE_CLUSTER,
  client: {
    id: fc.constant([]),
    getname: fc.constantFrom<readonly string[]>([], ["x"]),
    setname: fc.constantFrom<readonly string[]>(["me"], [""], ["two words"], []),
    info: fc.constant([]),
    list: fc.constantFrom<readonly string[]>(
      ...[[], ["id", "999999999"], ["ID", "x"], ["id"], ["foo"], ["foo", "bar"]],
      ...[
        ["type", "normal"],
        ["TYPE", "replica"],
        ["type", "foo"],
      ],
    ),
    "no-evict": fc.constantFrom<readonly string[]>(["on"], ["OFF"], ["foo"], []),
  },
  config: {
    get: fc.constantFrom<readonly string[]>(...SETTINGS.map((name) => [name]), []),
    resetstat: fc.constant([]),
  },
  command: {
    count: fc.constantFrom<readonly string[]>([], ["x"]),
    info: fc.constantFrom<readonly string[]>(["get", "set"], ["mget", "mset", "nosuch"], ["incrby", "append", "expire", "exec"]),
    list: fc.constantFrom<readonly string[]>(
      ...[
        ["filterby", "pattern", "incr*"],
        ["FILTERBY", "PATTERN", "EXPIRE*"],
        ["filterby", "module", "x"],
        ["filterby", "aclcat", "foo"],
      ],
      ...[["foo"], ["filterby"], ["filterby", "aclcat"], ["filterby", "foo", "bar"], ["filterby", "pattern", "a", "b"]],
    ),
    getkeys: fc.constantFrom<readonly string[]>(
      ...[
        ["get", "a"],
        ["MSET", "a", "1", "b", "2"],
        ["mget", "a", "b", "a"],
        ["set", "a", "1"],
      ],
      ...[["set", "a"], ["ping", "x"], ["nosuch", "x"], []],
    ),
  },
};

/** Now and then one argument less or more. */
const withArity = (args: fc.Arbitrary<readonly string[]>): fc.Arbitrary<readonly string[]> =>
  fc.oneof(
    { weight: 30, arbitrary: args },
    { weight: 1, arbitrary: args.map((each) => each.slice(0, -1)) },
    { weight: 1, arbitrary: fc.tuple(args, value).map(([each, more]) => [...each, more]) },
  );

const ONE: readonly fc.Arbitrary<RandomCommand>[] = [
  ...Object.entries(ARGUMENTS).map(([name, args]) => list(word(name), withArity(args))),
  ...Object.entries(ABOUT_THE_SERVER).map(([name, args]) => list(word(name), args)),
  ...Object.entries(SUBCOMMANDS).flatMap(([name, subcommands]) =>
    Object.entries(subcommands).map(([second, args]) => list(word(name), word(second), name === "cluster" ? withArity(args) : args)),
  ),
];

const single: fc.Arbitrary<readonly RandomCommand[]> = fc.oneof(...ONE).map((each) => [each]);
/** So that transactions have something in them. */
const transaction: fc.Arbitrary<readonly RandomCommand[]> = fc
  .tuple(fc.option(keys), fc.array(fc.oneof(...ONE), { maxLength: 5 }), fc.constantFrom("exec", "exec", "exec", "discard"))
  .map(([watched, commands, end]) => [...(watched === null ? [] : [["watch", ...watched]]), ["multi"], ...commands, [end]]);

/** By which of two connections. */
export type Sent = { readonly by: 0 | 1; readonly command: RandomCommand };

const byOne = (part: fc.Arbitrary<readonly RandomCommand[]>): fc.Arbitrary<readonly Sent[]> =>
  fc.tuple(fc.constantFrom(0 as const, 0 as const, 1 as const), part).map(([by, some]) => some.map((command) => ({ by, command })));

/** Other times to live than any that a key may have already, and never the same: one that stays as it was changes nothing here. */
const otherSeconds = fc.noBias(fc.integer({ min: 1_000_000, max: 100_000_000 })).map(String);
const change: fc.Arbitrary<RandomCommand> = fc.oneof(
  list(word("set"), key, value),
  list(word("append"), key, value),
  list(word("incr"), key),
  list(word("del"), keys),
  list(word("rename"), key, key),
  list(word("expire"), key, otherSeconds),
  list(word("persist"), key),
);
/** What is watched by one of them is changed by the other, or is not, before EXEC. */
const watching: fc.Arbitrary<readonly Sent[]> = fc
  .tuple(fc.constantFrom(0 as const, 1 as const), keys, fc.array(change, { maxLength: 3 }), fc.array(fc.oneof(...ONE), { maxLength: 2 }))
  .map(([by, watched, changes, queued]) => {
    const other = by === 0 ? 1 : 0;
    const end: readonly RandomCommand[] = [["multi"], ...queued, ["exec"]];
    return [
      { by, command: ["watch", ...watched] },
      ...changes.map((command): Sent => ({ by: other, command })),
      ...end.map((command): Sent => ({ by, command })),
    ];
  });

export const commands: fc.Arbitrary<readonly Sent[]> = fc
  .array(
    fc.oneof({ weight: 12, arbitrary: byOne(single) }, { weight: 1, arbitrary: byOne(transaction) }, { weight: 1, arbitrary: watching }),
    { minLength: 1, maxLength: 50 },
  )
  .map((parts) => withoutWhatMultiRefuses(parts.flat()));

/** Not supported inside MULTI (see docs/redis-commands.md), or about the connection rather than about keys. */
const REFUSED: ReadonlySet<string> = new Set([
  ...["dbsize", "keys", "scan", "randomkey", "msetnx", "cluster", "wait"],
  ...Object.keys(ABOUT_THE_SERVER),
]);

const OTHERS: ReadonlySet<string> = new Set(["other", "another"]);

/** And without transactions whose keys are of one slot and what they watch of another: here both are of one. */
function withoutWhatMultiRefuses(sent: readonly Sent[]): readonly Sent[] {
  const isOpen: [boolean, boolean] = [false, false];
  return sent.filter(({ by, command: [given = "", ...args] }) => {
    const name = given.toLowerCase();
    if (isOpen[by] && (REFUSED.has(name) || args.some((each) => OTHERS.has(each)))) return false;
    if (name === "watch" && OTHERS.has(args[0] ?? "")) return false;
    if (name === "multi" && args.length === 0) isOpen[by] = true;
    if ((name === "exec" || name === "discard") && args.length === 0) isOpen[by] = false;
    return true;
  });
}
