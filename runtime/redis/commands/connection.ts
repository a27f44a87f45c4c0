// What a client says of itself and of its connection.
import type { Client } from "../client.ts";
import { DEFAULT_USER } from "../client.ts";
import { NO_PASSWORD_SET, NOT_AN_INTEGER, OTHER_DATABASE, SYNTAX, WRONG_PASS, wrongArity } from "../error-texts.ts";
import type { ReplyWriter } from "../protocol/reply-writer.ts";
import { REDIS_VERSION } from "../server-facts.ts";
import type { Command, ContainerCommand, LocalCommand } from "./command.ts";
import { roughNumber } from "./numbers.ts";

const CONNECTION = { kind: "local", group: "connection", keys: null, complexity: "O(1)", flags: ["loading", "stale", "fast"] } as const;
const OPEN = { ...CONNECTION, flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"] } as const;
const BAD_NAME = "ERR Client names cannot contain spaces, newlines or special characters.";

const textOf = (argument: Buffer | undefined): string => (argument ?? Buffer.alloc(0)).toString("latin1");
const isPlain = (text: string): boolean => /^[!-~]*$/.test(text);

/** As the settings have it. */
const secretIn = (argument: Buffer | undefined): string => (argument ?? Buffer.alloc(0)).toString("utf8");

/** Null: it worked. A token that is right is taken also where none is needed: clients send theirs before it is. */
function logIn(client: Client, user: string, password: string): string | null {
  if (client.logIn(user, password)) return null;
  return client.surroundings.facts.needsPassword || user !== DEFAULT_USER ? WRONG_PASS : NO_PASSWORD_SET;
}

function hello(client: Client, args: readonly Buffer[], out: ReplyWriter): ReplyWriter {
  const version = args.length > 1 ? roughNumber(args[1] as Buffer) : client.protocol;
  if (version === null) return out.error("ERR Protocol version is not an integer or out of range");
  if (version !== 2 && version !== 3) return out.error("NOPROTO unsupported protocol version");
  let name: string | null = null;
  for (let i = 2; i < args.length; i++) {
    const word = textOf(args[i]).toLowerCase();
    if (word === "auth" && i + 2 < args.length) {
      // Clients that always send a password are let in where none is needed.
      const user = textOf(args[i + 1]);
      const isOpen = user === DEFAULT_USER && !client.surroundings.facts.needsPassword;
      const failure = isOpen ? null : logIn(client, user, secretIn(args[i + 2]));
      if (failure !== null) return out.error(failure);
      i += 2;
    } else if (word === "setname" && i + 1 < args.length) name = textOf(args[++i]);
    else return out.error(`ERR Syntax error in HELLO option '${textOf(args[i])}'`);
  }
  if (!client.isKnown)
    return out.error(
      "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
    );
  if (name !== null && !isPlain(name)) return out.error(BAD_NAME);
  client.name = name ?? client.name;
  client.protocol = version;
  return out;
}

function writeHello(client: Client, out: ReplyWriter): void {
  out.protocol = client.protocol;
  out.map(7).bulkText("server").bulkText("redis").bulkText("version").bulkText(REDIS_VERSION);
  out.bulkText("proto").integer(client.protocol).bulkText("id").integer(client.id).bulkText("mode").bulkText("cluster");
  out
    .bulkText("role")
    .bulkText(client.surroundings.cluster.isLeader ? "master" : "replica")
    .bulkText("modules")
    .array(0);
}

function clientLine({ id, address, name, protocol, library, connectedAtMs, surroundings }: Client): string {
  const age = Math.floor((surroundings.wallMs() - connectedAtMs) / 1_000);
  return `id=${id} addr=${address} name=${name} age=${age} db=0 resp=${protocol} lib-name=${library.name} lib-ver=${library.version}\n`;
}

const CLIENT = { ...CONNECTION, flags: ["noscript", "loading", "stale"] } as const;
const onOrOff = (name: string): LocalCommand => ({
  ...CLIENT,
  ...{ name, arity: 3, summary: "Nothing: nobody is evicted here.", since: "7.0.0" },
  run: (_client, args, out) => void (/^(?:on|off)$/i.test(textOf(args[2])) ? out.simple("OK") : out.error(SYNTAX)),
});

const CLIENT_TYPES: ReadonlySet<string> = new Set(["normal", "master", "replica", "slave", "pubsub"]);

/** Of all clients only the one that asks is told of, if it is among those that are asked for. */
function listClients(client: Client, [, , word, ...wanted]: readonly Buffer[], out: ReplyWriter): void {
  if (word === undefined) return void out.verbatim(clientLine(client));
  const option = textOf(word).toLowerCase();
  if (option === "type" && wanted.length === 1) {
    const type = textOf(wanted[0]).toLowerCase();
    if (!CLIENT_TYPES.has(type)) return void out.error(`ERR Unknown client type '${textOf(wanted[0])}'`);
    return void out.verbatim(type === "normal" ? clientLine(client) : "");
  }
  if (option !== "id" || wanted.length === 0) return void out.error(SYNTAX);
  const ids = wanted.map(roughNumber);
  if (ids.includes(null)) return void out.error("ERR Invalid client ID");
  out.verbatim(ids.includes(client.id) ? clientLine(client) : "");
}

const CLIENT_SUBCOMMANDS: readonly LocalCommand[] = [
  {
    ...CLIENT,
    ...{ name: "client|id", arity: 2, since: "5.0.0", summary: "The number of this connection." },
    run: ({ id }, _args, out) => void out.integer(id),
  },
  {
    ...CLIENT,
    ...{ name: "client|getname", arity: 2, since: "2.6.9", summary: "The name that this connection was given." },
    run: ({ name }, _args, out) => void (name === "" ? out.nil() : out.bulkText(name)),
  },
  {
    ...CLIENT,
    ...{ name: "client|setname", arity: 3, since: "2.6.9", summary: "Give this connection a name." },
    run: (client, args, out) => {
      const name = textOf(args[2]);
      if (!isPlain(name)) return void out.error(BAD_NAME);
      client.name = name;
      out.simple("OK");
    },
  },
  {
    ...CLIENT,
    ...{ name: "client|setinfo", arity: 4, since: "7.2.0", summary: "Say which library this is." },
    run: (client, args, out) => {
      const [what, text] = [textOf(args[2]).toLowerCase(), textOf(args[3])];
      if (what !== "lib-name" && what !== "lib-ver") return void out.error(`ERR Unrecognized option '${textOf(args[2])}'`);
      if (!isPlain(text)) return void out.error(`ERR ${what} cannot contain spaces, newlines or special characters.`);
      client.library = what === "lib-name" ? { ...client.library, name: text } : { ...client.library, version: text };
      out.simple("OK");
    },
  },
  {
    ...CLIENT,
    ...{ name: "client|info", arity: 2, since: "6.2.0", summary: "This connection." },
    run: (client, _args, out) => void out.verbatim(clientLine(client)),
  },
  {
    ...CLIENT,
    ...{ name: "client|list", arity: -2, since: "2.4.0", summary: "This connection; others are not told of." },
    run: listClients,
  },
  onOrOff("client|no-evict"),
  onOrOff("client|no-touch"),
];

const client: ContainerCommand = {
  ...CLIENT,
  ...{
    kind: "container",
    name: "client",
    arity: -2,
    since: "2.4.0",
    summary: "What a client says of itself.",
    subcommands: CLIENT_SUBCOMMANDS,
  },
};

export const CONNECTION_COMMANDS: readonly Command[] = [
  {
    ...CONNECTION,
    ...{ name: "ping", arity: -1, since: "1.0.0", summary: "Whether somebody is there." },
    run: (_client, args, out) => {
      if (args.length > 2) out.error(wrongArity("ping"));
      else if (args.length === 2) out.bulk(args[1] as Buffer);
      else out.simple("PONG");
    },
  },
  {
    ...CONNECTION,
    ...{ name: "echo", arity: 2, since: "1.0.0", summary: "Get what was sent." },
    run: (_client, [, text], out) => void out.bulk(text as Buffer),
  },
  {
    ...CONNECTION,
    ...{ name: "select", arity: 2, since: "1.0.0", summary: "Choose database 0, which is the only one." },
    run: (_client, [, index], out) => {
      const chosen = roughNumber(index as Buffer);
      if (chosen === null) out.error(NOT_AN_INTEGER);
      else if (chosen !== 0) out.error(OTHER_DATABASE);
      else out.simple("OK");
    },
  },
  {
    ...OPEN,
    ...{ name: "auth", arity: -2, since: "1.0.0", summary: "Show a token: for data, or the administrator's." },
    run: (who, args, out) => {
      if (args.length > 3) return void out.error(SYNTAX);
      const user = args.length === 3 ? textOf(args[1]) : DEFAULT_USER;
      // By its name the one user is let in where it needs no password; without it a client is told of its mistake.
      const isOpen = args.length === 3 && user === DEFAULT_USER && !who.surroundings.facts.needsPassword;
      const failure = isOpen ? null : logIn(who, user, secretIn(args.at(-1)));
      if (failure === null) out.simple("OK");
      else out.error(failure);
    },
  },
  {
    ...OPEN,
    ...{ name: "hello", arity: -1, since: "6.0.0", summary: "Choose the version of the protocol, and log in." },
    run: (who, args, out) => {
      const before = out.length;
      if (hello(who, args, out).length === before) writeHello(who, out);
    },
  },
  client,
  {
    ...{ kind: "control", control: "quit", name: "quit", arity: -1, group: "connection", keys: null, since: "1.0.0", complexity: "O(1)" },
    ...{ flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"], summary: "Close the connection once all is answered." },
  },
  {
    ...{ kind: "control", control: "reset", name: "reset", arity: 1, group: "connection", keys: null, since: "6.2.0", complexity: "O(1)" },
    ...{
      flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
      summary: "Make the connection as it was at its beginning.",
    },
  },
];
