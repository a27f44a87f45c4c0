// A round over everything that a group's shards hold: the keys and sessions of each, and of a copy that is still coming in.
import { SessionScrub } from "../replica/applied/session-scrub.ts";
import { GOES_ON, LOOK_COST_BYTES, ROUND_ENDED } from "../replica/scrub.ts";
import type { ScrubBudget, Scrubbed } from "../replica/scrub.ts";
import { KvScrub } from "../kv/kv-scrub.ts";
import type { GroupShard } from "./group-shard.ts";
import type { ShardContent } from "./shard-content.ts";

type Look = (shard: GroupShard, budget: ScrubBudget) => Scrubbed;

/** One for each part of a shard, in order. Made anew for each shard: what they remember is where they are in it. */
const LOOKS: readonly (() => Look)[] = [
  () => lookAtKeys(({ content }) => content),
  () => lookAtSessions(({ content }) => content),
  () => lookAtKeys(({ staging }) => staging?.content ?? null),
  () => lookAtSessions(({ staging }) => staging?.content ?? null),
];

export class ShardedScrub {
  #shard = 0;
  #part = 0;
  #look: Look | null = null;

  look(shards: readonly GroupShard[], budget: ScrubBudget): Scrubbed {
    while (budget.bytes > 0) {
      this.#look ??= (LOOKS[this.#part] as () => Look)();
      const scrubbed = this.#look(shards[this.#shard] as GroupShard, budget);
      if (scrubbed.kind === "altered") return { kind: "altered", what: `in shard ${String(this.#shard)}, ${scrubbed.what}` };
      if (scrubbed.kind === "goesOn") return scrubbed;
      if (!this.#goOn(shards.length)) return ROUND_ENDED;
    }
    return GOES_ON;
  }

  /** False: that was the last part of the last shard. */
  #goOn(shards: number): boolean {
    this.#look = null;
    this.#part = (this.#part + 1) % LOOKS.length;
    if (this.#part === 0) this.#shard = (this.#shard + 1) % shards;
    return this.#part !== 0 || this.#shard !== 0;
  }
}

function lookAtKeys(contentOf: (shard: GroupShard) => ShardContent | null): Look {
  const round = new KvScrub();
  return (shard, budget) => contentOf(shard)?.kv.scrub(round, budget) ?? passOver(budget);
}

function lookAtSessions(contentOf: (shard: GroupShard) => ShardContent | null): Look {
  const round = new SessionScrub();
  return (shard, budget) => {
    const content = contentOf(shard);
    return content === null ? passOver(budget) : round.look(content.sessions, budget);
  };
}

function passOver(budget: ScrubBudget): Scrubbed {
  budget.bytes -= LOOK_COST_BYTES;
  return ROUND_ENDED;
}
