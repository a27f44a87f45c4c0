// Takes over map outputs from workers that stop: the whole file comes over HTTP, and gets its name when it is whole. Its blocks have
// checksums, which whoever reads a region looks at.
import type { MapOutputSource } from "../../../core/mapreduce/assignment.ts";
import { Agent, request } from "../../http/http-client.ts";
import { lookUp } from "../../http/machine-names.ts";
import type { MapOutputs } from "../map/map-outputs.ts";
import { FileAppender } from "../regions/file-appender.ts";
import { RegionFile } from "../regions/region-file.ts";
import { outputPath } from "./region-path.ts";

const CONNECT_MS = 1_000;
/** Between two pieces. */
const SILENCE_MS = 3_000;
/** The disk and the network are shared with tasks. */
const AT_ONCE = 4;

export class Adopter {
  readonly #mapOutputs: MapOutputs;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #dispatcher = new Agent({
    connect: { timeout: CONNECT_MS, lookup: lookUp },
    headersTimeout: SILENCE_MS,
    bodyTimeout: SILENCE_MS,
  });
  readonly #adopting = new Map<string, Promise<boolean>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(mapOutputs: MapOutputs, headers: Readonly<Record<string, string>>) {
    this.#mapOutputs = mapOutputs;
    this.#headers = headers;
  }

  /** Never rejects. Who asks again for what is under way waits for the same. */
  adopt(job: string, source: MapOutputSource): Promise<boolean> {
    const path = this.#mapOutputs.pathOf({ job, ...source });
    const running = this.#adopting.get(path) ?? this.#adopt(job, source).finally(() => this.#adopting.delete(path));
    this.#adopting.set(path, running);
    return running;
  }

  async #adopt(job: string, source: MapOutputSource): Promise<boolean> {
    // Who has to wait is given the place of one that ends.
    if (this.#running >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await this.#copied(job, source);
    } catch {
      return false;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  async #copied(job: string, { task, attempt, origin }: MapOutputSource): Promise<boolean> {
    const path = this.#mapOutputs.pathOf({ job, task, attempt });
    if (isWhole(path)) return true;
    const { statusCode, body } = await request(`${origin}${outputPath({ job, task, attempt })}`, {
      dispatcher: this.#dispatcher,
      headers: this.#headers,
    });
    if (statusCode !== 200) {
      await body.dump();
      return false;
    }
    this.#mapOutputs.directoryOf(job);
    const file = new FileAppender(path);
    try {
      for await (const piece of body) file.append(piece as Uint8Array);
      file.commit({ isDurable: false });
    } catch (error) {
      file.abort();
      throw error;
    }
    if (isWhole(path)) return true;
    this.#mapOutputs.remove({ job, task, attempt });
    return false;
  }
}

function isWhole(path: string): boolean {
  try {
    new RegionFile(path).close();
    return true;
  } catch {
    return false;
  }
}
