// Memory that nobody uses any more counts until it is collected, and V8 takes its time. Before a sandbox is blamed for it, it is collected.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Of the limit: from here on it is looked at, and again whenever so much more was taken. */
const FROM = 0.5;
const STEP = 0.1;

/** To be called now and then, between records. */
export function garbageCollector(memoryBytes: number): () => void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  let next = memoryBytes * FROM;
  // Taken before job code could take it away.
  const used = process.memoryUsage.rss.bind(process.memoryUsage);
  return () => {
    if (used() < next) return;
    collect();
    next = Math.max(memoryBytes * FROM, used() + memoryBytes * STEP);
  };
}
