// Which cluster a command speaks to: the one that was named, or the local one that is nearest.
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Environment } from "../config.ts";
import type { Given } from "../grammar/given.ts";
import type { ClusterFile } from "../local/cluster-file.ts";
import { CLUSTER_FILE, readClusterFile } from "../local/cluster-file.ts";
import type { Tokens } from "../local/tokens-file.ts";
import { readTokens } from "../local/tokens-file.ts";
import { shownPath } from "../terminal.ts";
import { Trouble, UsageError } from "../trouble.ts";

export type Context = {
  /** As a person would name it. */
  readonly name: string;
  /** Null for one that is elsewhere. */
  readonly local: { readonly directory: string; readonly cluster: ClusterFile } | null;
  /** Members, of whichever service. */
  readonly endpoints: readonly string[];
  readonly tokens: { readonly data: string | null; readonly admin: string | null };
};

export const DEFAULT_DIRECTORY = ".flotilla";

/** Of a local cluster. */
export function controllersOf({ local }: Context): readonly string[] {
  return local?.cluster.processes.filter(({ service }) => service === "shard-controller").map(({ http }) => http) ?? [];
}

export type Surroundings = { readonly environment: Environment; readonly workingDirectory: string };

export function findContext(given: Given, surroundings: Surroundings): Context {
  const { environment, workingDirectory } = surroundings;
  const [endpoint, data] = [given.text("endpoint"), given.text("data")];
  if (endpoint !== null && data !== null) throw new UsageError("--endpoint and --data name two clusters", "give one of them");
  if (data !== null) return localContext(resolve(workingDirectory, data), surroundings);
  const elsewhere = endpoint ?? nonEmpty(environment["FLOTILLA_ENDPOINT"]);
  if (elsewhere !== null) return remoteContext(elsewhere, environment);
  return localContext(nearestDirectory(workingDirectory) ?? resolve(workingDirectory, DEFAULT_DIRECTORY), surroundings);
}

export function localContext(directory: string, { workingDirectory, environment }: Surroundings): Context {
  const cluster = readClusterFile(directory);
  const name = shownPath(directory, workingDirectory);
  if (cluster === null)
    throw new Trouble(
      `there is no cluster in ${name}`,
      `start one: flotilla up${name === DEFAULT_DIRECTORY ? "" : ` --data ${name}`}; or name another: --endpoint URL`,
    );
  const tokens = tokensOf(directory);
  const own = nonEmpty(environment["FLOTILLA_TOKEN"]);
  return {
    name,
    local: { directory, cluster },
    endpoints: cluster.processes.map(({ http }) => http),
    tokens: { data: own ?? tokens?.data ?? null, admin: own ?? tokens?.admin ?? null },
  };
}

/** They are for their owner; who may not read them asks without, and is told so where one is needed. */
function tokensOf(directory: string): Tokens | null {
  try {
    return readTokens(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES") return null;
    throw error;
  }
}

function remoteContext(list: string, environment: Environment): Context {
  const endpoints = list.split(",").map((text) => originIn(text.trim()));
  const token = nonEmpty(environment["FLOTILLA_TOKEN"]);
  return { name: endpoints.join(","), local: null, endpoints, tokens: { data: token, admin: token } };
}

function originIn(text: string): string {
  const full = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol))
    throw new UsageError(`${JSON.stringify(text)} is no endpoint`, "an endpoint looks like http://127.0.0.1:7410");
  return url.origin;
}

/** What has to be added to a command, so that it finds the cluster in a directory from here. */
export function dataFlagFor(directory: string): string {
  return resolve(DEFAULT_DIRECTORY) === directory ? "" : ` --data ${shownPath(directory, process.cwd())}`;
}

/** As git finds its repository. */
export function nearestDirectory(from: string): string | null {
  const here = join(from, DEFAULT_DIRECTORY);
  if (existsSync(join(here, CLUSTER_FILE))) return here;
  const above = dirname(from);
  return above === from ? null : nearestDirectory(above);
}

const nonEmpty = (text: string | undefined): string | null => (text === undefined || text === "" ? null : text);
