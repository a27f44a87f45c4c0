// A cluster of `flotilla up` as a run needs it: its processes are struck by signals, its clients know all of its members.
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../cluster/context.ts";
import { controllersOf, localContext } from "../cluster/context.ts";
import { demand } from "../cluster/cluster-api.ts";
import { openKeyValues } from "../cluster/key-values.ts";
import { JobApi } from "../jobs/job-api.ts";
import type { Door } from "../load/door.ts";
import { httpDoor } from "../load/http-door.ts";
import { openMemberDoor } from "../load/member-door.ts";
import { openRedisDoor } from "../load/redis-door.ts";
import type { ClusterProcess } from "../local/cluster-file.ts";
import { gatherFacts } from "../status/cluster-facts.ts";
import { LocalInjector } from "./local-injector.ts";
import type { ChaosCluster } from "./run.ts";

/** Those that wait until they know, those that soon give up and so often don't, and those that must know in the end. */
const PATIENT = { deadlineMs: 5_000, attemptMs: 700, exactlyOnce: true };
const IMPATIENT = { deadlineMs: 400, attemptMs: 400, exactlyOnce: false };
const CERTAIN = { deadlineMs: 30_000, attemptMs: 700, exactlyOnce: true };
const MEMBER_ATTEMPT_MS = 400;
/** Of each kind. */
const CLIENTS = 3;
/** Of each member, on one connection. */
const READERS = 3;

export type OpenCluster = ChaosCluster & { readonly close: () => Promise<void> };

export async function openLocalCluster(directory: string): Promise<OpenCluster> {
  // Read anew each time: processes come back under other ids.
  const context = (): Context => localContext(directory, { environment: {}, workingDirectory: process.cwd() });
  const { processes } = context().local?.cluster ?? { processes: [] };
  const { tokens } = context();
  const replicas = processes.filter(({ service }) => service === "replica");
  // On loopback data needs no token, and a client that sends one is warned.
  const addresses = replicas.flatMap(addressOf);
  const redis = async (deadlineMs: number): Promise<readonly Door[]> =>
    addresses.length === 0 ? [] : [await openRedisDoor({ addresses, password: null, deadlineMs })];
  const several = async (open: () => readonly Door[] | Promise<readonly Door[]>): Promise<readonly Door[]> =>
    (await Promise.all(Array.from({ length: CLIENTS }, open))).flat();
  const writers = [
    ...(await several(() => [httpDoor(openKeyValues(context(), PATIENT))])),
    ...(await several(() => [httpDoor(openKeyValues(context(), IMPATIENT))])),
    ...(await several(() => redis(PATIENT.deadlineMs))),
  ];
  const readers = await Promise.all(addresses.map((address) => openMemberDoor({ address, attemptMs: MEMBER_ATTEMPT_MS })));
  const journals = [...(await several(() => [httpDoor(openKeyValues(context(), CERTAIN))])), ...(await redis(CERTAIN.deadlineMs))];
  const injector = new LocalInjector(directory);
  const jobsDirectory = join(directory, "chaos");
  const hasJobs = ["coordinator", "worker"].every((each) => processes.some(({ service }) => service === each));
  return {
    injector,
    gather: () => gatherFacts(context()),
    clients: [
      ...writers.map((door) => ({ door })),
      ...readers.flatMap((door) => Array.from({ length: READERS }, () => ({ door, readsOnly: true }))),
    ],
    journals,
    jobs: hasJobs ? { jobs: () => jobsOf(context()), directory: jobsDirectory } : null,
    move: async (shard, group) => {
      const question = { method: "POST", path: "/v1/shards/move", body: { shard, group }, token: tokens.admin } as const;
      await demand(controllersOf(context()), question);
    },
    close: async () => {
      injector.close();
      await injector.heal();
      await Promise.all([...writers, ...readers, ...journals].map((door) => door.close()));
      rmSync(jobsDirectory, { recursive: true, force: true });
    },
  };
}

function jobsOf(context: Context): { submit: (body: unknown) => ReturnType<JobApi["job"]>; job: JobApi["job"] } {
  const api = new JobApi(context);
  return { submit: (body) => api.submit(body, false), job: (id) => api.job(id) };
}

function addressOf({ redis }: ClusterProcess): readonly { readonly host: string; readonly port: number }[] {
  if (redis === undefined) return [];
  const { hostname, port } = new URL(redis);
  return [{ host: hostname, port: Number(port) }];
}
