// What a command is: a row of the table in commands/list.ts. Parsing, help, errors and exit codes all come from the row, so
// that none of them can say something else than the others.
import type { Given } from "./given.ts";
import type { Output } from "../output.ts";

export type Argument = {
  /** As the help shows it: KEY. */
  readonly name: string;
  readonly meaning: string;
  readonly isOptional?: true;
  /** The last one only: as many as there are. */
  readonly isList?: true;
};

export type Flag = {
  readonly name: string;
  readonly short?: string;
  readonly meaning: string;
} & (
  | { readonly kind: "switch" }
  | { readonly kind: "text"; readonly value: string; readonly fallback?: string; readonly choices?: readonly string[] }
  | { readonly kind: "whole"; readonly value: string; readonly fallback?: number; readonly min: number; readonly max: number }
  /** `10s`, `500ms`, `2m`: in milliseconds. */
  | { readonly kind: "duration"; readonly value: string; readonly fallback: number; readonly min: number; readonly max: number }
);

export type Example = { readonly command: string; readonly meaning: string };

export type Command = {
  /** One or two words. */
  readonly name: string;
  /** What comes before the name, where it is not `flotilla`. */
  readonly program?: string;
  readonly summary: string;
  /** What a person should know before using it. */
  readonly details?: string;
  readonly arguments: readonly Argument[];
  readonly flags: readonly Flag[];
  readonly examples: readonly Example[];
  /** Resolves with the exit code. */
  readonly run: (given: Given, output: Output) => Promise<number>;
};

export const OUTPUT_FLAG: Flag = {
  ...{ name: "output", short: "o", kind: "text", value: "FORMAT", fallback: "table", choices: ["table", "json"] },
  meaning: "table for people, json for programs",
};
export const HELP_FLAG: Flag = { name: "help", short: "h", kind: "switch", meaning: "explain this command" };

/** Every command has them. */
export const GLOBAL_FLAGS: readonly Flag[] = [OUTPUT_FLAG, HELP_FLAG];

export const DATA_FLAG: Flag = {
  ...{ name: "data", kind: "text", value: "DIR" },
  meaning: "the local cluster in DIR; without: .flotilla here, or in a folder above",
};

/** Those of commands that talk to a cluster, wherever it is. */
export const CLUSTER_FLAGS: readonly Flag[] = [
  {
    ...{ name: "endpoint", kind: "text", value: "URL" },
    meaning: "any member, or several with commas between; $FLOTILLA_ENDPOINT does the same",
  },
  DATA_FLAG,
];
