// The table of values in the chart's README is what values.yaml says now, and every value says what it is; needs no Helm.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Schema } from "./values-table.ts";
import { valuesIn, valuesTable, withTable } from "./values-table.ts";

const read = (name: string): string => readFileSync(join(__dirname, "../../charts/flotilla", name), "utf8");
const yaml = read("values.yaml");

test("the chart's README.md has the table that values.yaml makes; `make chart-values` writes it", () => {
  const readme = read("README.md");
  expect(readme).toBe(withTable(readme, valuesTable(yaml, JSON.parse(read("values.schema.json")) as Schema)));
});

test("every value has a comment", () => {
  expect(valuesIn(yaml).filter(({ text, comment }) => text !== "" && comment === "")).toEqual([]);
});

test("what is read is what YAML says: all of its keys, with their values", () => {
  const said: Record<string, unknown> = {};
  for (const { key, text } of valuesIn(yaml)) if (text !== "") set(said, key.split("."), parse(text));
  expect(said).toEqual(parse(yaml));
});

test("a comment is about the key below it, or, with a colon, about all values up to the next comment or an empty line", () => {
  const text = [
    "# About the file.",
    "",
    "# One line",
    "# and another.",
    "first: 1",
    "second: 2",
    "",
    "# Of a part.",
    "part:",
    "  # Of both:",
    "  inner:",
    '    text: "a: b"',
    "  list: [c, d]",
    "",
    "last: {}",
    "",
  ].join("\n");
  expect(valuesIn(text)).toEqual([
    { key: "first", text: "1", comment: "One line and another." },
    { key: "second", text: "2", comment: "" },
    { key: "part", text: "", comment: "Of a part." },
    { key: "part.inner", text: "", comment: "" },
    { key: "part.inner.text", text: '"a: b"', comment: "Of both." },
    { key: "part.list", text: "[c, d]", comment: "Of both." },
    { key: "last", text: "{}", comment: "" },
  ]);
});

test("a row has the type of the schema, and no sign that a table or a page would take for its own", () => {
  const text = "# From <a> | b.\nport: 0\n\npart:\n  # Which.\n  way: up\n  # As many.\n  share: 50\n  # For all.\n  words: {}\n";
  const schema: Schema = {
    properties: {
      port: { type: "integer", minimum: 1 },
      part: { $ref: "#/definitions/part" },
    },
    definitions: {
      part: {
        type: "object",
        properties: {
          way: { enum: ["up", "down"] },
          share: { type: ["integer", "null"], minimum: 10, maximum: 90 },
          words: { allOf: [{ $ref: "#/definitions/words" }, {}] },
        },
      },
      words: { type: "object" },
    },
  };
  expect(valuesTable(text, schema).split("\n")).toEqual([
    "| Value | Type | Default | What it is |",
    "|---|---|---|---|",
    "| `port` | integer, 1 or more | `0` | From \\<a> \\| b. |",
    "| `part.way` | `up`, `down` | `up` | Which. |",
    "| `part.share` | integer or null, 10 to 90 | `50` | As many. |",
    "| `part.words` | object | `{}` | For all. |",
    "",
  ]);
  expect(() => valuesTable("# Unknown.\nother: 1\n", schema)).toThrow("values.schema.json does not know other");
});

test("the table takes the place of the one before, and all else stays", () => {
  const once = withTable(read("README.md"), "a table\n");
  expect(once).toContain("-->\n\na table\n\n<!-- The end");
  expect(withTable(once, valuesTable(yaml, JSON.parse(read("values.schema.json")) as Schema))).toBe(read("README.md"));
  expect(() => withTable("# No place\n", "a table\n")).toThrow("no place for the table");
});

function set(target: Record<string, unknown>, [name = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) target[name] = value;
  else set((target[name] ??= {}) as Record<string, unknown>, rest, value);
}
