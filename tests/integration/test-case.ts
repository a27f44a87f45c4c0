// What a case of this suite is: a name, and something that runs real processes and throws when a promise is broken.
import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "../../core/base/random.ts";

export type Scale = "bounded" | "long";

export type CaseContext = {
  /** Of this case alone, empty. */
  readonly directory: string;
  readonly scale: Scale;
  readonly random: Random;
  readonly say: (line: string) => void;
  /** Of a case that `settles` or `prepares`: nothing else of this suite runs any more. */
  readonly quiet: Promise<void>;
  /** What is still to come measures nothing: the next case may get ready beside it. */
  readonly measured: () => void;
};

export type TestCase = {
  readonly name: string;
  /** It measures times or work, so nothing else of this suite may run beside it. */
  readonly measures?: true;
  /** It needs time before it measures, in which it does next to nothing: it begins beside the others and awaits `quiet`. */
  readonly settles?: true;
  /** What comes before it awaits `quiet` measures nothing: its processes start while those of the case before it end. */
  readonly prepares?: true;
  readonly run: (context: CaseContext) => Promise<void>;
};

export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise";
}

export function check(claim: boolean, meaning: string): asserts claim {
  if (!claim) throw new BrokenPromise(meaning);
}

/** Looks again and again; fails with what was waited for, and what there was instead. */
export async function eventually<T>(
  meaning: string,
  look: () => Promise<T | null> | T | null,
  { deadlineMs = 10_000, everyMs = 25, describe = () => "" }: { deadlineMs?: number; everyMs?: number; describe?: () => string } = {},
): Promise<T> {
  const untilMs = performance.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== false) return found;
    check(performance.now() < untilMs, `not within ${deadlineMs} ms: ${meaning} ${describe()}`.trim());
    await sleep(everyMs);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Only of one that runs: 0 would be the whole group of this process. */
export function signalProcess(pid: number | null | undefined, signal: NodeJS.Signals): void {
  check(typeof pid === "number", `what is to get ${signal} runs`);
  process.kill(pid, signal);
}

export function makeCaseDirectory(root: string, name: string): string {
  mkdirSync(root, { recursive: true });
  return mkdtempSync(join(root, `${name.replaceAll(/[^a-z0-9]+/gi, "-").slice(0, 40)}-`));
}
