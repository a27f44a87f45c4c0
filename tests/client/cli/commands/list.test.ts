// The table itself: what every row must have, and that its examples are understood by the parser that people meet.
import { SECTIONS } from "../../../../client/cli/commands/list.ts";
import { GLOBAL_FLAGS } from "../../../../client/cli/grammar/command.ts";
import { commandText, overviewText } from "../../../../client/cli/grammar/help.ts";
import { parseCommandLine } from "../../../../client/cli/grammar/parsing.ts";
import { paintFor } from "../../../../client/cli/terminal.ts";

// It asks for its own place, which these suites can't.
jest.mock("../../../../client/cli/local/programs.ts", () => ({
  PROGRAMS: {},
  COMMAND_LINE: "",
  SERVICE_ENVIRONMENT: {},
}));

const COMMANDS = SECTIONS.flatMap(({ commands }) => commands);
const PLAIN = paintFor({ isTTY: false } as NodeJS.WriteStream);

const PROMISED = [
  ...["up", "down", "status", "leader", "kv get", "kv put", "kv del", "kv append", "kv increment", "kv cas", "kv scan"],
  ...[
    "shards",
    "shards move",
    "groups",
    "groups join",
    "groups leave",
    "group recover",
    "member replace",
    "topology set",
    "topology settle",
    "bench",
    "chaos run",
    "check",
  ],
  ...["job run", "job list", "job status", "job logs", "job cancel"],
  ...["files put", "files get", "files ls", "files rm"],
  ...["backup create", "backup verify", "restore"],
];

test("has what was promised, each once", () => {
  const names = COMMANDS.map(({ name }) => name);
  expect([...names].sort()).toEqual([...PROMISED].sort());
});

test.each(COMMANDS)(
  "$name: flags have one meaning each, and arguments that may be missing come last",
  ({ flags, arguments: places, summary }) => {
    const names = [...flags, ...GLOBAL_FLAGS].flatMap(({ name, short }) => (short === undefined ? [name] : [name, short]));
    expect(new Set(names).size).toBe(names.length);
    const optional = places.map(({ isOptional }) => isOptional === true);
    expect([...optional].sort()).toEqual(optional);
    expect(summary).not.toMatch(/^[A-Z]|\.$/);
  },
);

test.each(COMMANDS.flatMap(({ name, examples }) => examples.map(({ command }) => ({ name, command }))))(
  "$command is understood",
  ({ name, command }) => {
    const [, line = ""] = /flotilla ([^|;<>)]*)/.exec(command) ?? [];
    const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
    const parsed = parseCommandLine(words, COMMANDS);
    expect(parsed.kind === "run" ? parsed.command.name : parsed.kind).toBe(name);
  },
);

test.each(COMMANDS)("the help of $name fits a terminal, and names every flag", (command) => {
  expect(command.examples.length).toBeGreaterThan(0);
  const text = commandText(command, PLAIN);
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(110);
  for (const { name } of command.flags) expect(text).toContain(`--${name}`);
});

test("the overview names every command", () => {
  const text = overviewText(SECTIONS, PLAIN);
  for (const { name } of COMMANDS) expect(text).toContain(`  ${name}`);
});
