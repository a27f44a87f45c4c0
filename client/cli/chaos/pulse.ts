// One question to each group, again and again, so that whether a group serves is seen soon, however many groups there are. The other
// clients share a few keys at a time, of which most of many groups have none.
import type { Door } from "../load/door.ts";
import type { Told } from "../load/recorded-clients.ts";
import { shardOf, SHARDS } from "../../../core/shards/slots.ts";
import { pause } from "../../waiting.ts";

export type PulseOptions = {
  readonly door: Door;
  /** What its keys begin with. Nobody writes them: that there is an answer is all that counts. */
  readonly prefix: string;
  readonly restMs: number;
  /** Of each shard, as far as that is known. */
  readonly owners: () => readonly (string | null)[] | null;
  readonly onTold: (told: Told) => void;
};

export class Pulse {
  readonly #options: PulseOptions;
  /** A key of each shard. */
  readonly #keys: readonly string[];
  readonly #unanswered = new Map<string, Promise<void>>();
  #beat = 0;
  #isOver = false;
  #working: Promise<void> = Promise.resolve();

  constructor(options: PulseOptions) {
    this.#options = options;
    this.#keys = keysOfShards(options.prefix);
  }

  start(): void {
    this.#working = this.#work();
  }

  /** Resolves once nobody is asked any more. */
  async finish(): Promise<void> {
    this.#isOver = true;
    await this.#working;
    await Promise.all(this.#unanswered.values());
  }

  async #work(): Promise<void> {
    for (; !this.#isOver; this.#beat++) {
      for (const [group, shards] of shardsByGroup(this.#options.owners() ?? [])) if (!this.#unanswered.has(group)) this.#ask(group, shards);
      await pause(this.#options.restMs);
    }
  }

  /** Another shard each time: one that is on its way is served by nobody for a moment, and the others are. */
  #ask(group: string, shards: readonly number[]): void {
    const shard = shards[this.#beat % shards.length] as number;
    const asked = this.#perform({ kind: "get", key: this.#keys[shard] as string });
    this.#unanswered.set(
      group,
      asked.finally(() => this.#unanswered.delete(group)),
    );
  }

  async #perform(input: Told["input"]): Promise<void> {
    const startMs = performance.now();
    const outcome = await this.#options.door.perform(input);
    this.#options.onTold({ input, outcome, startMs, endMs: performance.now() });
  }
}

function keysOfShards(prefix: string): readonly string[] {
  const keys = new Map<number, string>();
  for (let number = 0; keys.size < SHARDS; number++) {
    const key = `${prefix}pulse/${number}`;
    if (!keys.has(shardOf(Buffer.from(key)))) keys.set(shardOf(Buffer.from(key)), key);
  }
  return Array.from({ length: SHARDS }, (_, shard) => keys.get(shard) as string);
}

function shardsByGroup(owners: readonly (string | null)[]): ReadonlyMap<string, readonly number[]> {
  const shards = new Map<string, number[]>();
  for (const [shard, group] of owners.entries()) {
    if (group === null) continue;
    const known = shards.get(group) ?? [];
    known.push(shard);
    shards.set(group, known);
  }
  return shards;
}
