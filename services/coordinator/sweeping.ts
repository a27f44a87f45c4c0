// The coordinator that has the jobs looks now and then for what belongs to nobody any more in the embedded file store and among `kv:` outputs, for
// job code that no job has any more, and whether the file store counts as many bytes as it has.
import { decodeLine, isLineOf } from "../../core/coordinator/index-line.ts";
import { idOf, indexKey } from "../../core/mapreduce/job-keys.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { FileStore } from "../../runtime/files/embedded/file-store.ts";
import { recount } from "../../runtime/files/embedded/recount.ts";
import { sweep } from "../../runtime/files/embedded/sweep.ts";
import type { KeyValues } from "../../runtime/files/store/key-values.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Election } from "./election.ts";
import { UnusedCode } from "./unused-code.ts";

export type SweepingOptions = {
  readonly kv: KeyValues;
  readonly files: FileStore;
  readonly election: Pick<Election, "isElected">;
  readonly logger: Logger;
};

const EVERY_MS = 60_000;
/** What takes reading all that there is of a kind. */
const WHOLE_EVERY_MS = 600_000;

export class Sweeping {
  readonly #options: SweepingOptions;
  #timer: NodeJS.Timeout | null = null;
  #isUnderWay = false;
  readonly #unusedCode: UnusedCode;
  #wholeSoughtMs = -Infinity;

  constructor(options: SweepingOptions) {
    this.#options = options;
    this.#unusedCode = new UnusedCode(options.kv);
  }

  start(): void {
    this.#timer = setInterval(() => void this.#sweep(), EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  async #sweep(): Promise<void> {
    const { kv, files, election, logger } = this.#options;
    if (!election.isElected || this.#isUnderWay) return;
    this.#isUnderWay = true;
    try {
      const taken = await sweep({
        kv,
        files,
        wallMs: Date.now,
        isLive: async (run) => isLiveLine(await kv.text(indexKey(idOf(run))), run),
      });
      await this.#lookAtTheWhole();
      if (taken > 0) logger.info({ event: "swept", taken }, `took away ${taken} uploads and outputs that belonged to nobody`);
    } catch (error) {
      logger.warn({ event: "sweepFailed", error }, `could not look for uploads that belong to nobody: ${String(error)}`);
    } finally {
      this.#isUnderWay = false;
    }
  }

  async #lookAtTheWhole(): Promise<void> {
    const { kv, files, logger } = this.#options;
    const nowMs = systemClock.monotonicMs();
    if (nowMs - this.#wholeSoughtMs < WHOLE_EVERY_MS) return;
    this.#wholeSoughtMs = nowMs;
    const removed = await this.#unusedCode.remove(nowMs);
    if (removed > 0) logger.info({ event: "codeRemoved", removed }, `removed the code of ${removed} jobs that are gone`);
    const difference = await recount(kv, files);
    if (difference !== 0)
      logger.warn({ event: "filesRecounted", difference }, `the sum of the file store lacked ${difference} bytes, and is right again`);
  }
}

/** As the index of jobs has it; a job that is not there is over. Earlier versions wrote by its id alone. */
export function isLiveLine(text: string | null, run: string): boolean {
  const line = text === null ? null : decodeLine(text);
  return line !== null && !line.ended && (run === idOf(run) || isLineOf(line, idOf(run), run));
}
