// Where the processor's time of a process went, from what Node writes with --cpu-prof: the functions that were running
// themselves, most of the time first.
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

export type Share = { readonly share: string; readonly what: string };

type Profile = {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly functionName: string; readonly url: string } }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
};

/** Shares of the time in which the process was busy during the last `seconds` of its life. */
export function busiest(file: string, { count, seconds }: { readonly count: number; readonly seconds: number }): readonly Share[] {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, "utf8")) as Profile;
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  let total = 0;
  let ahead = timeDeltas.reduce((sum, delta) => sum + delta, 0) - seconds * 1e6;
  for (const [i, id] of samples.entries()) {
    const name = names.get(id) ?? "";
    const time = timeDeltas[i] ?? 0;
    ahead -= time;
    if (name === "(idle)" || ahead > 0) continue;
    times.set(name, (times.get(name) ?? 0) + time);
    total += time;
  }
  const sorted = [...times].sort(([, a], [, b]) => b - a).slice(0, count);
  return sorted.map(([what, time]) => ({ share: `${((100 * time) / total).toFixed(1)} %`, what }));
}

function nameOf({ functionName, url }: Profile["nodes"][number]["callFrame"]): string {
  const name = functionName === "" ? "(anonymous)" : functionName;
  return url === "" ? name : `${name} in ${join(basename(dirname(url)), basename(url))}`;
}
