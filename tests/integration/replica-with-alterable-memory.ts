// The product's replica, with a hand in its memory: at SIGUSR2 a bit of the value of one key is flipped where the replica keeps
// it. The product itself has no switch for this: the shard that took the key is remembered from outside.
import { textOf, utf8 } from "../../core/base/bytes.ts";
import type { KvCommand } from "../../core/kv/commands.ts";
import { KvShard } from "../../core/kv/kv-shard.ts";
import { nodeFiles } from "../../runtime/disk/node-files.ts";
import { runReplica } from "../../services/replica/main.ts";

export const ALTERABLE_KEY = "alterable";

let holder: KvShard | null = null;

function rememberHolder(): void {
  const apply = KvShard.prototype.apply;
  KvShard.prototype.apply = function remembering(this: KvShard, command, context) {
    remember(this, command);
    return apply.call(this, command, context);
  };
}

function remember(shard: KvShard, command: KvCommand): void {
  if (command.kind === "put" && textOf(command.key) === ALTERABLE_KEY) holder = shard;
}

function alter(): void {
  const found = holder?.query({ kind: "get", key: utf8(ALTERABLE_KEY) }, { stampMs: 0 });
  if (found?.kind === "found") found.value[0] = (found.value[0] ?? 0) ^ 1;
}

if (import.meta.main) {
  rememberHolder();
  process.on("SIGUSR2", alter);
  await runReplica({ environment: process.env, files: nodeFiles() });
}
