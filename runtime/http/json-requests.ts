// The bodies of requests: JSON in UTF-8, and exactly that. Bytes that are no text are refused rather than replaced by
// something that looks like it, because a store keeps what it was given.
import { isUtf8 } from "node:buffer";
import type { FastifyInstance, FastifySchemaValidationError } from "fastify";

class BodyError extends Error {
  readonly statusCode = 400;
}

export function takeJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body: Buffer, done) => {
    if (body.length === 0) return done(null, undefined);
    const reading = readJson(body);
    if (reading.kind === "refused") done(new BodyError(reading.why));
    else done(null, reading.value);
  });
}

export type JsonReading =
  { readonly kind: "value"; readonly value: unknown } | { readonly kind: "refused"; readonly value: undefined; readonly why: string };

export function readJson(body: Buffer): JsonReading {
  return isUtf8(body) ? readJsonText(body.toString()) : { kind: "refused", value: undefined, why: "the body is not UTF-8" };
}

export function readJsonText(text: string): JsonReading {
  try {
    return { kind: "value", value: JSON.parse(text) };
  } catch (error) {
    const message = error instanceof Error ? error.message.slice(0, MESSAGE_LENGTH_MAX) : "";
    return { kind: "refused", value: undefined, why: `the body is no JSON: ${message}` };
  }
}

const MESSAGE_LENGTH_MAX = 200;

/** What the validator is to do with schemas: check, and change nothing. */
export const STRICT_VALIDATION = {
  removeAdditional: false,
  coerceTypes: false,
  useDefaults: true,
  allErrors: false,
  allowUnionTypes: true,
  discriminator: true,
} as const;

const PARTS: Readonly<Record<string, string>> = {
  body: "field",
  querystring: "query parameter",
  headers: "header",
  params: "part of the path",
};

/** Names what is wrong and where, in words of the one who sent it. */
export function describeSchemaErrors(errors: readonly FastifySchemaValidationError[], part: string): Error {
  const [first] = errors;
  const what = PARTS[part] ?? "field";
  if (first === undefined) return new BodyError(`the ${part} is not as it should be`);
  const path = first.instancePath.slice(1).replaceAll("/", ".");
  if (first.keyword === "additionalProperties") {
    const name = [path, String(first.params["additionalProperty"])].filter((each) => each !== "").join(".");
    return new BodyError(`there is no ${what} ${JSON.stringify(name)} here`);
  }
  if (first.keyword === "required")
    return new BodyError(`the ${what} ${JSON.stringify(String(first.params["missingProperty"]))} is missing`);
  if (first.keyword === "type" && part === "querystring")
    return new BodyError(`the ${what} ${JSON.stringify(path)} is not percent-encoded UTF-8, or there twice`);
  if (first.keyword === "type" && path === "") return new BodyError(`the ${part} must be a JSON object`);
  if (first.keyword === "discriminator") {
    const tag = [path, String(first.params["tag"])].filter((each) => each !== "").join(".");
    return new BodyError(`the ${what} ${JSON.stringify(tag)} is missing, or none of those that there are`);
  }
  return new BodyError(
    path === "" ? `the ${part} ${first.message ?? "is wrong"}` : `the ${what} ${JSON.stringify(path)} ${first.message ?? "is wrong"}`,
  );
}
