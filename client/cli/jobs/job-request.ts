// From what a person typed to what a coordinator takes. Paths are of this machine, and become URLs.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { DEFAULT_OPTIONS } from "../../../core/mapreduce/job.ts";
import type { Given } from "../grammar/given.ts";
import { UsageError } from "../trouble.ts";

const NAME_LENGTH_MAX = 48;

/** Says which program it is, however long its path. */
export function jobIdFor(program: string, unique: string): string {
  const name = program
    .replaceAll(/[^a-z0-9-]+/g, "-")
    .slice(-NAME_LENGTH_MAX)
    .replaceAll(/^-+|-+$/g, "");
  return name === "" ? `job-${unique}` : `${name}-${unique}`;
}

export type JobRequest = Readonly<Record<string, unknown>>;

export const isUrl = (text: string): boolean => /^[a-z][a-z0-9+.-]*:/i.test(text);

export const urlOf = (text: string): string => (isUrl(text) ? text : pathToFileURL(resolve(text)).href);

/** `./job.ts`, `job.js`: a file; anything else is the name of an app. */
export const isJobFile = (program: string): boolean => /\.[cm]?[jt]s$/.test(program) || program.includes("/");

export function jobRequest(given: Given, id: string, code: string | null): JobRequest {
  const program = given.argument("APP");
  if (code === null && isJobFile(program) && !existsSync(program)) throw new UsageError(`there is no file ${program}`);
  const inputs = given.list("INPUT").map(urlOf);
  const output = given.text("to");
  if (output === null) throw new UsageError("where should the output go?", "for example: --to ./out");
  const numbers = [
    ["reduces", given.number("reduces")],
    ["splitBytes", given.number("split-bytes")],
  ] as const;
  return {
    ...{ id, inputs, output: urlOf(output) },
    ...(code === null ? { app: program } : { code }),
    ...Object.fromEntries(numbers.filter(([, value]) => value !== null)),
    options: optionsIn(given),
  };
}

function optionsIn(given: Given): Readonly<Record<string, unknown>> {
  const parameters = parametersIn(given.text("parameters") ?? "");
  return {
    outputFormat: given.text("format") ?? DEFAULT_OPTIONS.outputFormat,
    inputFormat: given.text("input-format") ?? DEFAULT_OPTIONS.inputFormat,
    isolation: given.text("isolation") ?? DEFAULT_OPTIONS.isolation,
    partitioner: given.text("partitioner") ?? DEFAULT_OPTIONS.partitioner,
    skipsMax: given.numberOr("skip"),
    backups: !given.has("no-backups"),
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
  };
}

/** `pattern=abc,column=2`. */
export function parametersIn(text: string): Readonly<Record<string, string>> {
  if (text === "") return {};
  return Object.fromEntries(
    text.split(",").map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1)
        throw new UsageError(`--parameters has ${JSON.stringify(pair)}, which is no name=value`, "for example: --parameters pattern=abc");
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
