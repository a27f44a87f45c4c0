// The keys of all groups, for the single endpoint: walks and shards through this member's own HTTP door, which asks every group and
// waits for shards that move; counts by a DBSIZE of one member of each group.
import type { GroupId } from "../../core/base/ids.ts";
import { SCAN_ENTRIES_MAX } from "../../core/kv/limits.ts";
import { SHARDS } from "../../core/shards/slots.ts";
import { Agent, request } from "../http/http-client.ts";
import { lookUp } from "../http/machine-names.ts";
import type { ClusterView, Node } from "./cluster/cluster-view.ts";
import type { KeyPosition, KeySpace, KeysPage } from "./key-space.ts";
import { askNumber } from "./number-asker.ts";
import { shuffled } from "./shuffled.ts";

export type WholeKeySpaceOptions = {
  readonly cluster: Pick<ClusterView, "ranges" | "group" | "nodesOf" | "self">;
  readonly own: KeySpace;
  /** Good for data at all members. */
  readonly token: string | null;
};

const TIMEOUT_MS = 5_000;

export class WholeKeySpace implements KeySpace {
  readonly #options: WholeKeySpaceOptions;
  readonly #dispatcher = new Agent({ connect: { timeout: TIMEOUT_MS, lookup: lookUp } });

  constructor(options: WholeKeySpaceOptions) {
    this.#options = options;
  }

  /** In the order of keys, whichever shards they are in. */
  keysAfter(position: KeyPosition | null, limit: number): Promise<KeysPage | null> {
    return this.#walk(position ?? { shard: 0, after: null }, limit, "");
  }

  keysOfShard(position: KeyPosition, limit: number): Promise<KeysPage | null> {
    return this.#walk(position, limit, `&shards=${position.shard}`);
  }

  async count(): Promise<number | null> {
    const { cluster, own } = this.#options;
    // First: this member catches up for it, and may have known of fewer groups before, or of none.
    const ownKeys = await own.count();
    const groups = new Set(cluster.ranges().map(({ group }) => group));
    if (ownKeys === null || groups.size === 0) return null;
    groups.delete(cluster.group);
    const counts = await Promise.all([...groups].map((group) => this.#countOf(group)));
    return counts.reduce<number | null>((sum, count) => (sum === null || count === null ? null : sum + count), ownKeys);
  }

  shuffledShards(): Promise<readonly number[]> {
    return Promise.resolve(shuffled(Array.from({ length: SHARDS }, (_, shard) => shard)));
  }

  async #walk({ shard, after }: KeyPosition, limit: number, more: string): Promise<KeysPage | null> {
    const { cluster, token } = this.#options;
    const place = after === null ? "" : `&after=${Buffer.from(after).toString("base64url")}`;
    const path = `/v1/kv?keyEncoding=base64url&encoding=base64&limit=${Math.min(limit, SCAN_ENTRIES_MAX)}${place}${more}`;
    try {
      const headers = token === null ? {} : { authorization: `Bearer ${token}` };
      const url = new URL(path, cluster.self.http);
      const { statusCode, body } = await request(url, { headers, dispatcher: this.#dispatcher, signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (statusCode !== 200) {
        await body.dump();
        return null;
      }
      const { entries, next } = (await body.json()) as { readonly entries: readonly { key: string }[]; readonly next: string | null };
      return {
        keys: entries.map(({ key }) => Buffer.from(key, "base64url")),
        next: next === null ? null : { shard, after: Buffer.from(next, "base64url") },
      };
    } catch {
      return null;
    }
  }

  /** Any member's answer is as good as its leader's, which is asked first. */
  async #countOf(group: GroupId): Promise<number | null> {
    const { cluster, token } = this.#options;
    const { leader, others = [] } = cluster.nodesOf(group) ?? {};
    for (const { host, port } of [leader, ...others].filter((node): node is Node => node !== undefined)) {
      const count = await askNumber("DBSIZE", { host, port, token, timeoutMs: TIMEOUT_MS });
      if (count !== null) return count;
    }
    return null;
  }
}
