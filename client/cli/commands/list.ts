// The commands, in the order in which a person meets them. A new one is a row here.
import type { HelpSection } from "../grammar/help.ts";
import { BACKUP_COMMANDS } from "./backup.ts";
import { bench } from "./bench.ts";
import { CHAOS_COMMANDS } from "./chaos.ts";
import { check } from "./check.ts";
import { down } from "./down.ts";
import { FILE_COMMANDS } from "./files.ts";
import { groupRecover } from "./group-recover.ts";
import { GROUP_COMMANDS } from "./groups.ts";
import { JOB_COMMANDS } from "./job.ts";
import { KV_COMMANDS } from "./kv.ts";
import { leader } from "./leader.ts";
import { memberReplace } from "./member.ts";
import { SHARD_COMMANDS } from "./shards.ts";
import { status } from "./status.ts";
import { topologySet, topologySettle } from "./topology.ts";
import { up } from "./up.ts";

export const SECTIONS: readonly HelpSection[] = [
  { title: "A cluster on this machine", commands: [up, down] },
  { title: "How it stands", commands: [status, leader] },
  { title: "Data", commands: [...KV_COMMANDS, ...BACKUP_COMMANDS] },
  { title: "Jobs", commands: [...JOB_COMMANDS, ...FILE_COMMANDS] },
  { title: "Who serves what", commands: [...SHARD_COMMANDS, ...GROUP_COMMANDS, topologySet, topologySettle] },
  { title: "Repair", commands: [memberReplace, groupRecover] },
  { title: "Try it", commands: [bench, check, ...CHAOS_COMMANDS] },
];
