// Where the cluster of this folder is, as its launcher wrote it down: DIR/cluster.json names the processes, DIR/tokens.json
// holds the tokens.
import { readFileSync } from "node:fs";
import { join } from "node:path";

export type LocalCluster = { readonly endpoints: readonly string[]; readonly token: string | null };

type Fields = Readonly<Record<string, unknown>>;

/** Throws with what to do where there is none. */
export function localCluster(directory: string): LocalCluster {
  const { processes } = readJson(join(directory, "cluster.json")) ?? {};
  const replicas = Array.isArray(processes) ? (processes as readonly Fields[]).filter((each) => each?.["service"] === "replica") : [];
  const endpoints = replicas.flatMap(({ http }) => (typeof http === "string" ? [http] : []));
  if (endpoints.length === 0)
    throw new Error(`there is no cluster in ${directory}: start one with \`npx flotilla up\`, or connect to "endpoints" of another`);
  const { data } = readJson(join(directory, "tokens.json")) ?? {};
  return { endpoints, token: typeof data === "string" ? data : null };
}

function readJson(path: string): Fields | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Fields;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new Error(`${path} can't be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
