// What groups say of themselves over HTTP: one answer for each group, its leader's where there is one. For people's questions:
// whoever doesn't answer in time is left out.
import type { GroupId } from "../../core/base/ids.ts";
import { SETTLING_VERSION } from "../../core/replica/options.ts";
import type { GroupSaid } from "../../core/shard-controller/holders.ts";
import type { GroupShards } from "../../core/shard-controller/migrations.ts";
import type { MemberAddress } from "../../core/shards/configuration.ts";
import { membersFromJson } from "../../core/shards/configuration.ts";
import { Forwarder } from "../http/forwarder.ts";

type Fields = Readonly<Record<string, unknown>>;

export type StatusFields = Fields & { readonly group: string; readonly clusterId: string | null; readonly address: MemberAddress };

const STATUS_DEADLINE_MS = 1_000;

export class GroupStatuses {
  readonly #asker = new Forwarder();

  /** Null: no answer, or none that a replica gives. */
  async statusAt(origin: string): Promise<StatusFields | null> {
    if (!isOrigin(origin)) return null;
    const asking = { origin, method: "GET", url: "/v1/status", headers: {}, body: null, timeoutMs: STATUS_DEADLINE_MS } as const;
    const answer = await this.#asker.forward(asking);
    return answer.kind === "done" ? statusIn(answer.value.body) : null;
  }

  async shardsOf(groups: ReadonlyMap<GroupId, readonly MemberAddress[]>): Promise<ReadonlyMap<GroupId, GroupShards>> {
    const asked = [...groups].map(async ([group, members]) => {
      const statuses = await Promise.all(members.map(({ http }) => this.statusAt(http)));
      const own = statuses.filter((status) => status?.group === group);
      const status = own.find((each) => each?.["role"] === "leader") ?? own[0] ?? null;
      return status === null ? [] : [[group, groupShardsIn(status)] as const];
    });
    return new Map((await Promise.all(asked)).flat());
  }

  /** By leaders only. A group without one is left out. */
  async leadersOf(groups: ReadonlyMap<GroupId, readonly MemberAddress[]>, cluster: string): Promise<ReadonlyMap<GroupId, GroupSaid>> {
    const asked = [...groups].map(async ([group, members]) => {
      const statuses = await Promise.all(members.map(({ http }) => this.statusAt(http)));
      const leading = statuses.filter((each) => each?.group === group && each.clusterId === cluster && leadsAndHasApplied(each));
      // One that was deposed, and does not know it yet, has the lower term.
      const [leader] = leading.flatMap((each) => each ?? []).sort((a, b) => Number(b["term"]) - Number(a["term"]));
      return leader === undefined ? [] : [[group, groupSaidIn(leader)] as const];
    });
    return new Map((await Promise.all(asked)).flat());
  }

  async close(): Promise<void> {
    await this.#asker.close();
  }
}

export function isOrigin(text: string): boolean {
  return URL.canParse(text) && ["http:", "https:"].includes(new URL(text).protocol) && new URL(text).origin === text.replace(/\/$/, "");
}

function statusIn(text: string): StatusFields | null {
  const status = parsed(text);
  const { group, clusterId = null } = status;
  const { peer, http, redis = null } = (status["addresses"] ?? {}) as Fields;
  const [address] = membersFromJson([[peer, http, redis]]) ?? [];
  if (typeof group !== "string" || address === undefined || !(clusterId === null || typeof clusterId === "string")) return null;
  return { ...status, group, clusterId, address };
}

/**
 * One that leads, but has not applied all that was committed before it, says what its group had long ago. Older versions don't say
 * whether their term has started; they can't settle either, and are only to be named.
 */
function leadsAndHasApplied({ role, stage, termStarted = true, appliedIndex, commitIndex }: Fields): boolean {
  return role === "leader" && stage === "serving" && termStarted === true && Number(appliedIndex) >= Number(commitIndex);
}

/** A replica that knows of no shards has none that move. */
function groupShardsIn(status: Fields): GroupShards {
  const shards = (status["shards"] ?? {}) as Fields;
  const { configNumber } = status;
  return {
    configNumber: typeof configNumber === "number" ? configNumber : null,
    pulling: numbersIn(shards["pulling"]),
    frozen: numbersIn(shards["frozen"]),
    handedOver: numbersIn(shards["handedOver"]),
  };
}

function groupSaidIn(status: Fields): GroupSaid {
  const { serving, pulling, frozen } = (status["shards"] ?? {}) as Fields;
  const { configNumber, knownVersion, behindVersion, member } = status;
  const knows = typeof knownVersion === "number" && knownVersion >= SETTLING_VERSION;
  const behind = Array.isArray(behindVersion) ? behindVersion.map(String) : [];
  return {
    configNumber: typeof configNumber === "number" ? configNumber : 0,
    serving: numbersIn(serving),
    pulling: numbersIn(pulling),
    frozen: numbersIn(frozen),
    tooOld: knows ? behind : [String(member)],
  };
}

const numbersIn = (value: unknown): readonly number[] =>
  Array.isArray(value) ? value.filter((each): each is number => Number.isSafeInteger(each)) : [];

function parsed(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Fields) : {};
  } catch {
    return {};
  }
}
