// The table of values in the chart's README: what values.yaml says, as it is written there, with the types of values.schema.json.
export type Value = {
  /** Such as replica.storage.size. */
  readonly key: string;
  /** As it is written; empty where further keys follow below. */
  readonly text: string;
  readonly comment: string;
};

/** As much of a schema as says what a value may be. */
export type Schema = {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly allOf?: readonly Schema[];
  readonly $ref?: string;
  readonly definitions?: Readonly<Record<string, Schema>>;
};

/** A comment, if there is one, and the keys below it. */
const BLOCK = /^((?: *# .*\n)*)((?: *\w+:.*\n)+)/gm;
const KEY = /^( *)(\w+):(?: (.*))?$/gm;
const BEGINS = "<!-- Made of values.yaml by `make chart-values`; a test holds it to that. -->\n";
const ENDS = "<!-- The end of what is made. -->\n";

/** A comment is about the key below it; one that ends with a colon is about all values up to the next comment or an empty line. */
export function valuesIn(yaml: string): readonly Value[] {
  const values: Value[] = [];
  const path: string[] = [];
  for (const [, above = "", below = ""] of yaml.matchAll(BLOCK)) {
    const comment = above.replace(/^ *# /gm, "").trimEnd().replaceAll("\n", " ");
    const isAboutAll = comment.endsWith(":");
    for (const [i, [, indent = "", name = "", text = ""]] of [...below.matchAll(KEY)].entries()) {
      path.splice(indent.length / 2, path.length, name);
      const isAboutThis = isAboutAll ? text !== "" : i === 0;
      values.push({ key: path.join("."), text, comment: isAboutThis ? comment.replace(/:$/, ".") : "" });
    }
  }
  return values;
}

/** One row for each value, and for what is said of several of them together. */
export function valuesTable(yaml: string, schema: Schema): string {
  const rows = valuesIn(yaml)
    .filter(({ text, comment }) => text !== "" || comment !== "")
    .map(({ key, text, comment }) => {
      const what = comment.replaceAll("<", "\\<").replaceAll("|", "\\|");
      return `| \`${key}\` | ${typeOf(key, schema)} | ${text === "" ? "" : `\`${text}\``} | ${what} |\n`;
    });
  return `| Value | Type | Default | What it is |\n|---|---|---|---|\n${rows.join("")}`;
}

/** The document with the table in the place that it keeps for it. */
export function withTable(document: string, table: string): string {
  const start = document.indexOf(BEGINS);
  const end = document.indexOf(ENDS);
  if (start < 0 || end < start) throw new Error(`there is no place for the table: ${BEGINS}${ENDS}`);
  return `${document.slice(0, start)}${BEGINS}\n${table}\n${document.slice(end)}`;
}

function typeOf(key: string, schema: Schema): string {
  let found: Schema | undefined = schema;
  for (const name of key.split(".")) found = found === undefined ? undefined : resolved(found.properties?.[name], schema);
  if (found === undefined) throw new Error(`values.schema.json does not know ${key}`);
  const { type = [], minimum, maximum } = found;
  if (found.enum !== undefined) return found.enum.map((each) => `\`${each}\``).join(", ");
  const range = minimum === undefined ? "" : maximum === undefined ? `, ${minimum} or more` : `, ${minimum} to ${maximum}`;
  return `${[type].flat().join(" or ")}${range}`;
}

/** What is said under a name, or by the first of several that all hold. */
function resolved(schema: Schema | undefined, root: Schema): Schema | undefined {
  if (schema?.$ref !== undefined) return resolved(root.definitions?.[schema.$ref.replace("#/definitions/", "")], root);
  return schema?.allOf === undefined ? schema : resolved(schema.allOf[0], root);
}
