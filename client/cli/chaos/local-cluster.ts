// A cluster of `flotilla up` as a run needs it: its processes are struck by signals, its clients know all of its members.
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../cluster/context.ts";
import { controllersOf, localContext } from "../cluster/context.ts";
import { demand } from "../cluster/cluster-api.ts";
import { JobApi } from "../jobs/job-api.ts";
import type { ClusterProcess } from "../local/cluster-file.ts";
import { gatherFacts } from "../status/cluster-facts.ts";
import type { OpenCluster } from "./clients-of.ts";
import { clientsOf, closeAll } from "./clients-of.ts";
import { LocalInjector } from "./local-injector.ts";

export async function openLocalCluster(directory: string): Promise<OpenCluster> {
  // Read anew each time: processes come back under other ids.
  const context = (): Context => localContext(directory, { environment: {}, workingDirectory: process.cwd() });
  const { processes } = context().local?.cluster ?? { processes: [] };
  const { tokens } = context();
  const replicas = processes.filter(({ service }) => service === "replica");
  // On loopback data needs no token, and a client that sends one is warned.
  const addresses = replicas.flatMap(addressOf);
  const clients = await clientsOf({ context, addresses, password: null });
  const injector = new LocalInjector(directory);
  const jobsDirectory = join(directory, "chaos");
  const hasJobs = ["coordinator", "worker"].every((each) => processes.some(({ service }) => service === each));
  return {
    injector,
    gather: () => gatherFacts(context()),
    ...{ clients: clients.recorded, journals: clients.journals, pulse: clients.pulse },
    jobs: hasJobs ? { jobs: () => jobsOf(context()), directory: jobsDirectory } : null,
    move: async (shard, group) => {
      const question = { method: "POST", path: "/v1/shards/move", body: { shard, group }, token: tokens.admin } as const;
      await demand(controllersOf(context()), question);
    },
    close: async () => {
      injector.close();
      await injector.heal();
      await closeAll(clients);
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
