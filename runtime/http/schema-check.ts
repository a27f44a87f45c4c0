// Whether a value is as a schema says, for what comes in by another door than HTTP: the words of JSON schemas that our own
// schemas use, and no others.

type Schema = Readonly<Record<string, unknown>>;

/** Null: it is. Else why not, with the field named. */
export function whyNotAsIn(schema: Schema, value: unknown, at = ""): string | null {
  const { type } = schema;
  if ("const" in schema) return value === schema["const"] ? null : `${nameOf(at)} must be ${JSON.stringify(schema["const"])}`;
  const options = schema["enum"] as readonly unknown[] | undefined;
  if (options !== undefined && !options.includes(value)) return `${nameOf(at)} must be one of ${options.join(", ")}`;
  const choices = schema["oneOf"] as readonly Schema[] | undefined;
  if (choices !== undefined) return whyNoneOf(choices, value, at);
  if (type === "object") return whyNoObject(schema, value, at);
  if (type === "array") return whyNoArray(schema, value, at);
  if (type === "string") return whyNoText(schema, value, at);
  if (type === "integer") return whyNoInteger(schema, value, at);
  return null;
}

function whyNoText({ pattern }: Schema, value: unknown, at: string): string | null {
  if (typeof value !== "string") return `${nameOf(at)} must be a string`;
  return typeof pattern === "string" && !new RegExp(pattern).test(value) ? `${nameOf(at)} must match ${pattern}` : null;
}

function whyNoInteger({ minimum, maximum }: Schema, value: unknown, at: string): string | null {
  const isThere = Number.isInteger(value) && (value as number) >= (minimum as number) && (value as number) <= (maximum as number);
  return isThere ? null : `${nameOf(at)} must be a whole number from ${String(minimum)} to ${String(maximum)}`;
}

function whyNoArray({ items, minItems = 0, maxItems = Infinity }: Schema, value: unknown, at: string): string | null {
  if (!Array.isArray(value)) return `${nameOf(at)} must be an array`;
  if (value.length < (minItems as number) || value.length > (maxItems as number))
    return `${nameOf(at)} must have ${String(minItems)} to ${String(maxItems)} items`;
  for (const [i, each] of value.entries()) {
    const why = whyNotAsIn(items as Schema, each, `${at}.${i}`);
    if (why !== null) return why;
  }
  return null;
}

function whyNoObject(schema: Schema, value: unknown, at: string): string | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return `${nameOf(at)} must be an object`;
  const { required = [], minProperties = 0, maxProperties = Infinity } = schema;
  const properties = schema["properties"] as Readonly<Record<string, Schema>>;
  for (const name of required as readonly string[])
    if (!Object.hasOwn(value, name)) return `the field ${JSON.stringify(inside(at, name))} is missing`;
  const names = Object.keys(value);
  if (names.length < (minProperties as number) || names.length > (maxProperties as number))
    return `${nameOf(at)} has the wrong number of fields`;
  for (const name of names) {
    if (!Object.hasOwn(properties, name)) return `there is no field ${JSON.stringify(inside(at, name))} here`;
    const why = whyNotAsIn(properties[name] as Schema, (value as Schema)[name], inside(at, name));
    if (why !== null) return why;
  }
  return null;
}

/** By the field that is a constant in each of them. */
function whyNoneOf(choices: readonly Schema[], value: unknown, at: string): string | null {
  const chosen = choices.find((choice) => {
    const properties = Object.entries(choice["properties"] as Readonly<Record<string, Schema>>);
    const [tag, constant] = properties.find(([, schema]) => "const" in schema) ?? [];
    return tag !== undefined && constant !== undefined && (value as Schema | null)?.[tag] === constant["const"];
  });
  return chosen === undefined ? `${JSON.stringify(at)} is none of those that there are` : whyNotAsIn(chosen, value, at);
}

const nameOf = (at: string): string => (at === "" ? "the value" : JSON.stringify(at));

const inside = (at: string, name: string): string => (at === "" ? name : `${at}.${name}`);
