// A release of the chart as a run needs it. Its members are reached at their own addresses, so a run has to be inside the cluster.
import type { Context } from "../../cluster/context.ts";
import { demand } from "../../cluster/cluster-api.ts";
import { JobApi } from "../../jobs/job-api.ts";
import type { ClusterFacts } from "../../status/cluster-facts.ts";
import { factsAbout } from "../../status/cluster-facts.ts";
import { Trouble } from "../../trouble.ts";
import type { OpenCluster } from "../clients-of.ts";
import { clientsOf, closeAll } from "../clients-of.ts";
import { EXIT_CODE_OF_VERDICT } from "../verdict.ts";
import { KeptPage } from "./kept-page.ts";
import { KubernetesInjector } from "./kubernetes-injector.ts";
import { demandOptIn } from "./opt-in.ts";
import type { Pod, PodsApi } from "./pods-api.ts";
import { ReleaseMembers } from "./release-members.ts";

export type KubernetesOptions = {
  readonly api: PodsApi;
  readonly clusterDomain: string;
  /** The administrator's, as shards are moved. */
  readonly token: string | null;
  /** A folder that workers see too; null: no jobs run. */
  readonly shared: string | null;
  /** Whether the release has to say that it may be broken. */
  readonly needsOptIn: boolean;
  /** Whoever has run for less is left alone. */
  readonly minAgeMs: number;
};

const REDIS_PORT = 6_379;
/** The cluster is looked at more often than its pods change. */
const PODS_MS = 400;

export async function openKubernetesCluster(options: KubernetesOptions): Promise<OpenCluster> {
  const { api, clusterDomain, token, shared, needsOptIn, minAgeMs } = options;
  const injector = new KubernetesInjector(api, { minAgeMs });
  const members = new ReleaseMembers({ namespace: api.namespace, clusterDomain });
  let [pods, readMs] = [await api.pods(), performance.now()];
  if (pods.length === 0)
    throw new Trouble(
      `there are no pods of release ${api.release} in namespace ${api.namespace}`,
      "name them: --namespace N --release R",
      EXIT_CODE_OF_VERDICT.unchecked,
    );
  // Helm's full name may be longer than the release's.
  const fullname = pods.find(({ component }) => component === "controller")?.set?.replace(/-controller$/, "") ?? api.release;
  if (needsOptIn) await demandOptIn(api, `${fullname}-chaos`);
  const look = async (): Promise<readonly Pod[]> => {
    if (performance.now() - readMs < PODS_MS) return pods;
    readMs = performance.now();
    // An API server that is away costs the cluster nothing, and must not end a run.
    pods = await api.pods().catch(() => pods);
    injector.note(pods);
    return pods;
  };
  const replicas = pods.filter(({ component }) => component === "replica");
  const endpoints = members
    .known(pods)
    .filter(({ service }) => service === "replica")
    .map(({ http }) => http);
  const context: Context = { name: `${api.namespace}/${api.release}`, local: null, endpoints, tokens: { data: token, admin: token } };
  const clients = await clientsOf({
    context: () => context,
    addresses: replicas.map((pod) => ({ host: members.hostOf(pod), port: REDIS_PORT })),
    password: token,
  });
  const gather = async (): Promise<ClusterFacts> => factsAbout(members.known(await look()), context);
  const of = async (service: string): Promise<readonly string[]> =>
    members
      .known(await look())
      .filter((each) => each.service === service && each.pid !== null)
      .map(({ http }) => http);
  await reached(gather, { namespace: api.namespace, fullname });
  return {
    ...{ injector, gather, clients: clients.recorded, journals: clients.journals, pulse: clients.pulse },
    jobs: shared === null ? null : { jobs: () => jobsThrough(() => of("coordinator"), context), directory: shared },
    move: async (shard, group) => {
      const question = { method: "POST", path: "/v1/shards/move", body: { shard, group }, token } as const;
      await demand(await of("shard-controller"), question);
    },
    pages: new KeptPage(api, `${fullname}-chaos`),
    close: async () => {
      await injector.heal();
      await closeAll(clients);
    },
  };
}

function jobsThrough(
  endpoints: () => Promise<readonly string[]>,
  context: Context,
): Pick<JobApi, "job"> & { submit: (body: unknown) => ReturnType<JobApi["job"]> } {
  const api = async (): Promise<JobApi> => new JobApi({ ...context, endpoints: await endpoints() });
  return { submit: async (body) => (await api()).submit(body, false), job: async (id) => (await api()).job(id) };
}

type Place = { readonly namespace: string; readonly fullname: string };

/** From outside the names of pods lead nowhere, which would look like a cluster that is down. */
async function reached(gather: () => Promise<ClusterFacts>, { namespace, fullname }: Place): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt++) if ((await gather()).members.some(({ status }) => status !== null)) return;
  throw new Trouble(
    `no member of ${fullname} in namespace ${namespace} can be reached from here`,
    `run it inside the cluster: helm upgrade --reset-then-reuse-values --set chaos.enabled=true, then kubectl --namespace ${namespace} create job chaos-1 --from cronjob/${fullname}-chaos`,
    EXIT_CODE_OF_VERDICT.unchecked,
  );
}
