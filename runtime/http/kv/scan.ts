// One page over many shards: this member's own are read one by one, those of another group in one question, and where that
// can't be (a shard is just moving) shard by shard, each with the patience that every request has. Each shard is read at
// its own moment.
import type { GroupId } from "../../../core/base/ids.ts";
import type { Caller } from "../caller.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { done, refused, unknown } from "../../../core/base/outcome.ts";
import { encodeQuery } from "../../../core/kv/commands.ts";
import { SCAN_BYTES_MAX } from "../../../core/kv/limits.ts";
import type { KvEntry } from "../../../core/kv/results.ts";
import { decodeResult } from "../../../core/kv/results.ts";
import { encodeGroupQuery } from "../../../core/shards/group-commands.ts";
import type { Forwarded } from "../forwarder.ts";
import { outcomeIn } from "../forwarder.ts";
import type { ScanCall } from "./many-requests.ts";
import type { MergedPage, PageSource, SourceState } from "./page-merge.ts";
import { mergePages } from "./page-merge.ts";
import type { Routed, RoutedRequest, ShardRouter } from "./shard-router.ts";

export type ScanRequest = {
  readonly call: ScanCall;
  readonly untilMs: number;
  readonly route: RoutedRequest["route"];
  readonly headers: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
};

/** Of the first look into each shard; a few more than its share of the page. */
const FIRST_LOOK_MIN = 4;
/** Of what each shard is asked for: what all of them tell is held at once, and most of it is read again for the next page. */
const LOOK_BYTES_MIN = SCAN_BYTES_MAX / 16;
/** Pages of large values could otherwise fill the memory together. */
const SCANS_MAX = 16;
/** Members of a group that are asked for all of its shards, before each shard is asked for alone. */
const MEMBERS_ASKED_MAX = 3;

/** Carries the outcome that ends a scan through the merging. */
class ScanEnded extends Error {
  readonly outcome: Outcome<never>;

  constructor(outcome: Outcome<never>) {
    super(outcome.kind);
    this.outcome = outcome;
  }
}

export class Scans {
  readonly #router: ShardRouter;
  readonly #own: GroupId;
  #underWay = 0;

  constructor(router: ShardRouter, own: GroupId) {
    this.#router = router;
    this.#own = own;
  }

  async page(request: ScanRequest): Promise<Outcome<MergedPage>> {
    if (this.#underWay >= SCANS_MAX) return refused("overloaded", `${SCANS_MAX} scans are under way here`);
    this.#underWay++;
    try {
      const { after, limit, shards } = request.call;
      const firstLook = Math.min(limit, Math.max(FIRST_LOOK_MIN, Math.ceil((2 * limit) / shards.length)));
      const states = await Promise.all(this.#sources(request).map((source) => source.read(after, firstLook)));
      return done(await mergePages(states.flat(), { entries: limit, bytes: SCAN_BYTES_MAX }));
    } catch (error) {
      if (!(error instanceof ScanEnded)) throw error;
      return error.outcome;
    } finally {
      this.#underWay--;
    }
  }

  #sources(request: ScanRequest): readonly PageSource[] {
    const { shards } = request.call;
    if (request.route === "here") return shards.map((shard) => this.#shardSource(request, shard));
    const others = new Map<GroupId, number[]>();
    const alone: number[] = [];
    for (const shard of shards) {
      const group = this.#router.groupOf(shard);
      if (group === null || group === this.#own) alone.push(shard);
      else others.set(group, [...(others.get(group) ?? []), shard]);
    }
    return [
      ...alone.map((shard) => this.#shardSource(request, shard)),
      ...[...others].map(([group, theirs]) => this.#groupSource(request, group, theirs)),
    ];
  }

  #shardSource(request: ScanRequest, shard: number): PageSource {
    const source: PageSource = {
      read: async (after, limit) => {
        const { prefix, shards } = request.call;
        const bytesMax = Math.min(SCAN_BYTES_MAX, Math.max(LOOK_BYTES_MIN, Math.ceil((2 * SCAN_BYTES_MAX) / shards.length)));
        const query = encodeQuery({ kind: "scan", prefix, after, limit, bytesMax });
        const operation = {
          kind: "read",
          query: encodeGroupQuery({ kind: "inShard", shard, query }),
          consistency: "linearizable",
        } as const;
        const forwarding = forwardingOf(request, [shard], { after, limit });
        const { route, untilMs, caller } = request;
        const routed = await this.#router.perform({ shard, operation, forwarding, route, untilMs, caller });
        return [{ source, page: routed.kind === "there" ? pageFrom(routed.answer) : pageHere(routed) }];
      },
    };
    return source;
  }

  /** All of its shards in one question. */
  #groupSource(request: ScanRequest, group: GroupId, shards: readonly number[]): PageSource {
    const source: PageSource = {
      read: async (after, limit) => {
        // A page of several shards takes no more room than that of one.
        const whole = Math.min(request.call.limit, limit * shards.length);
        const forwarding = forwardingOf(request, shards, { after, limit: whole });
        let answer: Forwarded | null = null;
        for (let asked = 0; answer === null && asked < MEMBERS_ASKED_MAX; asked++) {
          answer = await this.#router.askOnce(group, { untilMs: request.untilMs, forwarding });
        }
        const { outcome } = answer === null ? { outcome: null } : outcomeIn(answer);
        if (answer !== null && outcome?.kind === "done") return [{ source, page: pageFrom(answer) }];
        // Whoever has too much to do is not asked for every shard instead.
        if (outcome?.kind === "refused" && outcome.refusal.code === "overloaded") throw new ScanEnded(outcome);
        const states = await Promise.all(shards.map((shard) => this.#shardSource(request, shard).read(after, limit)));
        return states.flat();
      },
    };
    return source;
  }
}

type Place = { readonly after: Uint8Array | null; readonly limit: number };

function forwardingOf({ call, headers }: ScanRequest, shards: readonly number[], { after, limit }: Place): RoutedRequest["forwarding"] {
  const key64 = (key: Uint8Array): string => Buffer.from(key).toString("base64url");
  const place = after === null ? "" : `&after=${key64(after)}`;
  const url = `/v1/kv?keyEncoding=base64url&encoding=base64&prefix=${key64(call.prefix)}${place}&limit=${limit}&shards=${shards.join(",")}`;
  return { method: "GET", url, headers, body: null };
}

function pageHere({ outcome }: Extract<Routed, { readonly kind: "here" }>): SourceState["page"] {
  if (outcome.kind !== "done") throw new ScanEnded(outcome);
  const result = outcome.value.kind === "result" ? decodeResult(outcome.value.result) : null;
  if (result?.kind !== "scanned") throw new ScanEnded(unknown("internal"));
  return result;
}

function pageFrom(answer: Forwarded): SourceState["page"] {
  const { outcome } = outcomeIn(answer);
  if (outcome.kind !== "done") throw new ScanEnded(outcome);
  // Of a member of this very cluster, which was told how to write keys and values.
  const { entries, next } = JSON.parse(answer.body) as { readonly entries: readonly EntryBody[]; readonly next: string | null };
  return { entries: entries.map(entryFrom), next: next === null ? null : Buffer.from(next, "base64url") };
}

type EntryBody = Pick<KvEntry, "version" | "revision"> & {
  readonly key: string;
  readonly value: string;
  readonly expiresAtMs?: number;
};

function entryFrom({ key, value, version, revision, expiresAtMs }: EntryBody): KvEntry {
  const entry = { key: Buffer.from(key, "base64url"), value: Buffer.from(value, "base64"), version, revision };
  return expiresAtMs === undefined ? entry : { ...entry, deadlineMs: expiresAtMs };
}
