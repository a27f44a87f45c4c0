// Every lab, in the order of the originals.
import { KVRAFT_3A } from "./kv/kvraft-3a.ts";
import { KVRAFT_3B } from "./kv/kvraft-3b.ts";
import { KVRAFT1_4B } from "./kv/kvraft1-4b.ts";
import { KVSRV_2 } from "./kv/kvsrv-2.ts";
import { KVSRV1_2 } from "./kv/kvsrv1-2.ts";
import { LOCK_2 } from "./kv/lock-2.ts";
import type { Lab } from "./lab.ts";
import { RAFT_3A } from "./raft-3a.ts";
import { RAFT_3B } from "./raft-3b.ts";
import { RAFT_3C } from "./raft-3c.ts";
import { RAFT_3D } from "./raft-3d.ts";
import { RSM_4A } from "./rsm-4a.ts";
import { CONTROLLER_LABS } from "./sharded/controller-labs.ts";
import { SHARDKV1_5A } from "./sharded/shardkv1-5a.ts";
import { SHARDKV1_5BC } from "./sharded/shardkv1-5bc.ts";
import { SHARDKV_LABS } from "./sharded/shardkv-labs.ts";

export const LABS: readonly Lab[] = [
  ...RAFT_3A,
  ...RAFT_3B,
  ...RAFT_3C,
  ...RAFT_3D,
  ...RSM_4A,
  ...KVSRV_2,
  ...KVSRV1_2,
  ...LOCK_2,
  ...KVRAFT_3A,
  ...KVRAFT_3B,
  ...KVRAFT1_4B,
  ...CONTROLLER_LABS,
  ...SHARDKV_LABS,
  ...SHARDKV1_5A,
  ...SHARDKV1_5BC,
];
