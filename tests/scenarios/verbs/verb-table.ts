// Every verb of the scenario files.
import type { Verb } from "../stage.ts";
import { backUp, exchange, failSync, failWrite, flipBit, goBack, losePower, loseSector, misdirect, start, tear } from "./bytes.ts";
import { cluster } from "./cluster.ts";
import { campaign, elect, tick } from "./elections.ts";
import { forge } from "./forgery.ts";
import { followers, members, state, status } from "./inspection.ts";
import { crash, pauseDisk, restarted, resumeDisk, snapshot, spoil, wipe, writeDisk } from "./machine.ts";
import { delay, deliver, drop, duplicate, garble, network, settle, stabilize } from "./network.ts";
import { cut, mend, put, readStale, replicas, run, withhold } from "./replicas.ts";
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
  garble,
  forge,
  network,
  "pause-disk": pauseDisk,
  "resume-disk": resumeDisk,
  "write-disk": writeDisk,
  crash,
  wipe,
  restarted,
  snapshot,
  spoil,
  "lose-power": losePower,
  start,
  "fail-sync": failSync,
  "fail-write": failWrite,
  tear,
  "lose-sector": loseSector,
  misdirect,
  "flip-bit": flipBit,
  exchange,
  "back-up": backUp,
  "go-back": goBack,
  status,
  state,
  members,
  followers,
  replicas,
  put,
  "read-stale": readStale,
  withhold,
  cut,
  mend,
  run,
};
