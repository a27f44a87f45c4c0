// What a shard consists of: its keys, and the sessions of its clients. Both move together.
import { KvShard } from "../kv/kv-shard.ts";
import type { SessionLimits } from "../replica/applied/sessions.ts";
import { Sessions } from "../replica/applied/sessions.ts";

export type ShardContent = { readonly kv: KvShard; readonly sessions: Sessions };

export function emptyContent(limits: SessionLimits): ShardContent {
  return { kv: new KvShard(), sessions: new Sessions(limits) };
}
