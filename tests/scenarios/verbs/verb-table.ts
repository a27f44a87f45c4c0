// Every verb of the scenario files.
import type { Verb } from "../stage.ts";
import { cluster } from "./cluster.ts";
import { campaign, elect, tick } from "./elections.ts";
import { followers, members, state, status } from "./inspection.ts";
import { forge } from "./forgery.ts";
import { crash, pauseDisk, restarted, resumeDisk, snapshot, spoil, wipe, writeDisk } from "./machine.ts";
import { delay, deliver, drop, duplicate, network, settle, stabilize } from "./network.ts";
import { change, propose, read, transfer } from "./requests.ts";

export const VERBS: Readonly<Record<string, Verb>> = {
  cluster,
  campaign,
  elect,
  tick,
  propose,
  read,
  transfer,
  change,
  deliver,
  stabilize,
  settle,
  drop,
  duplicate,
  delay,
  network,
  forge,
  "pause-disk": pauseDisk,
  "resume-disk": resumeDisk,
  "write-disk": writeDisk,
  crash,
  wipe,
  restarted,
  snapshot,
  spoil,
  status,
  state,
  members,
  followers,
};
