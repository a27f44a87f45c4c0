// What can be found out about a cluster from outside at one moment: what its files say runs, and what each process answers.
// Nothing is judged here.
import type { Context } from "../cluster/context.ts";
import { askAny, askOne } from "../cluster/cluster-api.ts";
import { fetchJson } from "../fetch-json.ts";
import type { Fields } from "../json.ts";
import { fieldsOf, listOf, numberOf, textOf } from "../json.ts";
import type { ClusterProcess } from "../local/cluster-file.ts";
import { COORDINATORS_GROUP } from "../local/local-plan.ts";
import { isAlive } from "../local/process-mark.ts";
import { Trouble } from "../trouble.ts";

export type MemberFacts = {
  readonly name: string;
  readonly service: string;
  readonly group: string;
  readonly ordinal: number | null;
  readonly http: string;
  /** Null: it does not run. Undefined: it is on another machine. */
  readonly pid: number | null | undefined;
  readonly stopped: string | null;
  /** What `GET /v1/status` answers; null: nothing. */
  readonly status: Fields | null;
  /** Null: ready. */
  readonly unready: string | null;
};

export type ClusterFacts = {
  readonly name: string;
  readonly clusterId: string | null;
  /** Whether somebody starts again what ends; null for a cluster that is elsewhere. */
  readonly hasLauncher: boolean | null;
  readonly members: readonly MemberFacts[];
  /** Endpoints of a cluster elsewhere that were named, where nobody answers and nobody is known to be. */
  readonly silent: readonly string[];
  readonly shards: readonly (string | null)[] | null;
  readonly configNumber: number | null;
  readonly migrations: readonly Fields[];
};

export type Known = Pick<MemberFacts, "name" | "service" | "group" | "ordinal" | "http" | "pid" | "stopped">;

const ANSWER_MS = 1_000;

export async function gatherFacts(context: Context): Promise<ClusterFacts> {
  if (context.local !== null) return factsAbout(context.local.cluster.processes.map(knownProcess), context);
  const { known, silent } = await knownFrom(context);
  return { ...(await factsAbout(known, context)), silent };
}

/** Of processes that somebody else has found. */
export async function factsAbout(known: readonly Known[], context: Context): Promise<ClusterFacts> {
  const members = await Promise.all(known.map(factsOf));
  const token = context.tokens.data;
  const controllers = members.filter(({ service, status }) => service === "shard-controller" && status !== null).map(({ http }) => http);
  const [map, migrations] = await Promise.all([
    shardMap(members, controllers, token),
    askAny(controllers, { path: "/v1/migrations", token, timeoutMs: ANSWER_MS }),
  ]);
  return {
    name: context.name,
    clusterId:
      context.local?.cluster.clusterId ?? members.map(({ status }) => textOf(status?.["clusterId"])).find((id) => id !== null) ?? null,
    hasLauncher: context.local === null ? null : context.local.cluster.launcher !== null && isAlive(context.local.cluster.launcher),
    members,
    silent: [],
    shards: map === null ? null : listOf(map["shards"]).map(textOf),
    configNumber: numberOf(map?.["number"]),
    migrations: listOf(migrations?.fields["migrations"]).map(fieldsOf),
  };
}

function knownProcess({ name, service, group, ordinal, http, pid, began, stopped }: ClusterProcess): Known {
  const lives = pid !== null && began !== null && isAlive({ pid, began });
  return { name, service, group, ordinal, http, pid: lives ? pid : null, stopped: stopped ?? null };
}

async function factsOf(known: Known): Promise<MemberFacts> {
  if (known.pid === null) return { ...known, status: null, unready: "does not run" };
  const [status, readiness] = await Promise.all([fetchJson(`${known.http}/v1/status`), fetchJson(`${known.http}/readyz`)]);
  const open = listOf(fieldsOf(readiness)["checks"])
    .map(fieldsOf)
    .filter((check) => check["ok"] !== true);
  const reasons = open.map((check) => textOf(check["message"]) ?? "").join("; ");
  return {
    ...known,
    status: status === null ? null : fieldsOf(status),
    unready: readiness === null ? "does not answer" : open.length === 0 ? null : reasons,
  };
}

/** The newest that anybody has. */
async function shardMap(members: readonly MemberFacts[], controllers: readonly string[], token: string | null): Promise<Fields | null> {
  const configuration = await askAny(controllers, { path: "/v1/config", token, timeoutMs: ANSWER_MS });
  if (configuration?.status === 200) return configuration.fields;
  const replicas = members.filter(({ service, status }) => service === "replica" && status !== null).map(({ http }) => http);
  const map = await askAny(replicas, { path: "/v1/shard-map", token, timeoutMs: ANSWER_MS });
  return map?.status === 200 ? map.fields : null;
}

type Found = { readonly known: readonly Known[]; readonly silent: readonly string[] };

/** From any members of a cluster that is elsewhere to all of them. */
async function knownFrom({ endpoints, tokens }: Context): Promise<Found> {
  const found = new Map<string, Known>();
  const silent: string[] = [];
  for (const endpoint of endpoints) {
    const there = await knownBy(endpoint, tokens.data);
    if (there.length === 0) silent.push(endpoint);
    for (const known of there) {
      const place = placeOf(known);
      if (!found.has(place) || known.http === endpoint) found.set(place, known);
    }
  }
  if (found.size === 0) throw new Trouble(`nobody answers at ${endpoints.join(", ")}`, "is it running, and is this its HTTP port?");
  const known = [...found.values()].sort(inOrder);
  return { known, silent: silent.filter((endpoint) => !known.some(({ http }) => http === endpoint)) };
}

/** Controllers first, then the groups by their numbers. */
function inOrder(a: Known, b: Known): number {
  const rank = ({ service }: Known): number => ["shard-controller", "replica", "coordinator", "worker"].indexOf(service);
  return rank(a) - rank(b) || a.group.localeCompare(b.group, "en", { numeric: true }) || (a.ordinal ?? 0) - (b.ordinal ?? 0);
}

async function knownBy(endpoint: string, token: string | null): Promise<readonly Known[]> {
  const answer = await fetchJson(`${endpoint}/v1/status`);
  if (answer === null) return [];
  const status = fieldsOf(answer);
  const service = textOf(status["service"]) ?? "unknown";
  const group = textOf(status["group"]) ?? (service === "coordinator" ? COORDINATORS_GROUP : "?");
  const self = knownAt({ service, group, ordinal: numberOf(status["ordinal"]), http: endpoint });
  const map = await askOne(endpoint, {
    path: service === "shard-controller" ? "/v1/config" : "/v1/shard-map",
    token,
    timeoutMs: ANSWER_MS,
  });
  const groups = map?.status === 200 ? fieldsOf(map.fields["groups"]) : {};
  const others = Object.entries(groups).flatMap(([id, members]) =>
    addressesIn(members).map((http, ordinal) => knownAt({ service: "replica", group: id, ordinal, http })),
  );
  const fellows = listOf(status["members"])
    .map(fieldsOf)
    .flatMap((member) => {
      const http = textOf(member["http"]);
      return http === null ? [] : [knownAt({ service, group, ordinal: numberOf(member["ordinal"]), http })];
    });
  const all = [...fellows, ...others];
  const own = all.find((known) => known.http === endpoint || placeOf(known) === placeOf(self));
  if (own === undefined) return [self, ...all];
  // Asked through a Service, whoever answers next may be another one; through a port-forward, its own address leads nowhere.
  if (own.http === endpoint || (await fetchJson(`${own.http}/v1/status`)) !== null) return all;
  return all.map((known) => (placeOf(known) === placeOf(self) ? { ...known, http: endpoint } : known));
}

/** One member may be reached at several addresses. */
function placeOf({ service, group, ordinal, http }: Known): string {
  return ordinal === null ? http : `${service} ${group} ${ordinal}`;
}

/** `{"members":[{"http"}]}` in a shard map, a list of origins in a configuration. */
function addressesIn(members: unknown): readonly string[] {
  const list = Array.isArray(members) ? listOf(members) : listOf(fieldsOf(members)["members"]);
  return list.flatMap((member) => textOf(member) ?? textOf(fieldsOf(member)["http"]) ?? []);
}

function knownAt({ service, group, ordinal, http }: Pick<Known, "service" | "group" | "ordinal" | "http">): Known {
  const place = ordinal === null ? new URL(http).host : `${ordinal}`;
  const name =
    service === "replica" ? `replica-${group}-${place}` : service === "shard-controller" ? `controller-${place}` : new URL(http).host;
  return { name, service, group, ordinal, http, pid: undefined, stopped: null };
}
