// All cases on a real Kubernetes, in the order in which they run.
import type { ClusterCase } from "../cluster-case.ts";
import { backup } from "./backup.ts";
import { badValue, controllersStay, groupsStay } from "./bad-value.ts";
import { chaos } from "./chaos.ts";
import { deletedPods } from "./deleted-pods.ts";
import { exampleJobs } from "./example-jobs.ts";
import { jobUnderDeletion } from "./job.ts";
import { networkPolicies } from "./network-policies.ts";
import { production } from "./production.ts";
import { notesFollowed } from "./notes.ts";
import { peerTls } from "./peer-tls.ts";
import { majorityLost, proceduresFollowed } from "./procedures.ts";
import { redisOutside } from "./redis-outside.ts";
import { drainedNode, rollingUpdate } from "./rolling-update.ts";
import { apiGone, dnsGone, nodeCut } from "./lost-network.ts";
import { lostVolume } from "./lost-volume.ts";
import { groupsByHand, groupsChange, replicasChange, withoutHooks } from "./topology.ts";
import { upgradeFromOlder } from "./upgrade.ts";
import { controllersWiped, wipedVolume } from "./wiped-volumes.ts";

export const CASES: readonly ClusterCase[] = [
  deletedPods,
  rollingUpdate,
  drainedNode,
  production,
  networkPolicies,
  wipedVolume,
  replicasChange,
  groupsChange,
  groupsByHand,
  withoutHooks,
  badValue,
  controllersStay,
  groupsStay,
  jobUnderDeletion,
  redisOutside,
  controllersWiped,
  upgradeFromOlder,
  nodeCut,
  lostVolume,
  dnsGone,
  apiGone,
  peerTls,
  backup,
  chaos,
  notesFollowed,
  exampleJobs,
  proceduresFollowed,
  majorityLost,
];
