// A process and all that it has started, as the machine has them: what stops a worker has to stop its tasks as well, which would go on without it.
import { readdirSync, readFileSync } from "node:fs";

/** From above: who has it already starts nobody else behind our back. */
export function signalTree(pid: number, signal: NodeJS.Signals): void {
  const reached = [pid];
  for (const each of reached) {
    try {
      process.kill(each, signal);
    } catch {
      continue; // It has ended meanwhile.
    }
    reached.push(...childrenOf(each));
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number));
  } catch {
    return [];
  }
}
