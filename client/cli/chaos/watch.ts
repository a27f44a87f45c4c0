// Looks at the whole cluster a few times a second, keeps what it saw for the report, and notices what must never be seen: two
// leaders in one term, or a term that was forgotten.
import type { ClusterFacts, MemberFacts } from "../status/cluster-facts.ts";
import type { ClusterView, GroupView } from "../status/cluster-view.ts";
import { fetchJson } from "../fetch-json.ts";
import type { Standing } from "./plays/stage.ts";
import { viewOf } from "../status/cluster-view.ts";
import { fieldsOf, listOf, numberOf, textOf } from "../json.ts";
import { pause } from "../../waiting.ts";

/** Of each process: leader, follower, down and so on. */
export type Sample = { readonly atMs: number; readonly roles: Readonly<Record<string, string>> };

type Seen = Pick<MemberFacts, "name" | "service" | "group" | "http" | "status">;
type TermSeen = { readonly member: string; readonly term: number };
/** The latest term in which a leader was seen, and who was known then: a majority of the group has it on disk. */
type Led = { readonly term: number; readonly members: ReadonlySet<string> };

const LOOK_MS = 150;

export class Watch {
  readonly samples: Sample[] = [];
  readonly #gather: () => Promise<ClusterFacts>;
  readonly #problems = new Set<string>();
  readonly #leaders = new Map<string, string>();
  /** Terms in which members led, by name, and since when that is known. */
  readonly #ledIn = new Map<string, TermSeen & { readonly sinceMs: number }>();
  readonly #known = new Map<string, Map<string, string>>();
  readonly #led = new Map<string, Led>();
  #view: ClusterView | null = null;
  #isOver = false;
  #looking: Promise<void> = Promise.resolve();

  constructor(gather: () => Promise<ClusterFacts>) {
    this.#gather = gather;
  }

  start(): void {
    this.#looking = this.#lookOn();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#looking;
  }

  /** What was wrong at some moment. */
  get problems(): readonly string[] {
    return [...this.#problems];
  }

  /** As it was a moment ago. */
  get view(): ClusterView | null {
    return this.#view;
  }

  async look(): Promise<ClusterView> {
    // What is asked after a leader was seen can't be older than that.
    const led = new Map(this.#led);
    const askedMs = performance.now();
    const facts = await this.#gather();
    this.note(facts, askedMs);
    this.#noteForgotten(facts, led);
    const view = viewOf(facts);
    this.#view = view;
    const roles = view.groups.flatMap(({ members }) => members.map(({ name, role }) => [name, role] as const));
    this.samples.push({ atMs: performance.now(), roles: Object.fromEntries(roles) });
    return view;
  }

  /** One member alone, and what it says is noted. */
  async ask({ service, group, members }: GroupView, name: string): Promise<Standing | null> {
    const http = members.find((each) => each.name === name)?.http;
    const askedMs = performance.now();
    const answer = http === undefined ? null : await fetchJson(`${http}/v1/status`);
    const status = fieldsOf(answer);
    const [term, role] = [numberOf(status["term"]), textOf(status["role"])];
    if (http === undefined || term === null || role === null) return null;
    this.note({ members: [{ name, service, group, http, status }] }, askedMs);
    return { term, role, givesFrozen: listOf(fieldsOf(status["shards"])["frozen"]).length > 0 };
  }

  /** `askedMs`: when they were asked. Several are asked at once, and answers come in any order. */
  note({ members }: { readonly members: readonly Seen[] }, askedMs = performance.now()): void {
    const answered = members.flatMap((facts) => {
      const member = textOf(facts.status?.["member"]);
      const term = numberOf(facts.status?.["term"]);
      return member === null || term === null ? [] : [{ facts, member, term }];
    });
    for (const { facts, member } of answered) {
      const known = this.#known.get(groupOf(facts)) ?? new Map<string, string>();
      this.#known.set(groupOf(facts), known.set(facts.name, member));
    }
    for (const { facts, member, term } of answered) {
      // A follower may be in a term that its disk does not have yet, and which it may forget. Whoever led had it there.
      const before = this.#ledIn.get(facts.name);
      if (before?.member === member && term < before.term && askedMs >= before.sinceMs)
        this.#problems.add(`${facts.name} led in term ${before.term} and is in term ${term} now: it has forgotten one`);
      if (facts.status?.["role"] === "leader") this.#noteLeader(facts, { member, term });
    }
  }

  #noteLeader(facts: Seen, { member, term }: TermSeen): void {
    const { group, name } = facts;
    const key = `${groupOf(facts)} ${term}`;
    const known = this.#leaders.get(key);
    if (known !== undefined && known !== member)
      this.#problems.add(`group ${group} has two leaders in term ${term}: ${known}, and ${member} (${name})`);
    this.#leaders.set(key, known ?? member);
    const last = this.#ledIn.get(name);
    if (last?.member !== member || term > last.term) this.#ledIn.set(name, { member, term, sinceMs: performance.now() });
    if (term <= (this.#led.get(groupOf(facts))?.term ?? -1)) return;
    this.#led.set(groupOf(facts), { term, members: new Set(this.#known.get(groupOf(facts))?.values() ?? []) });
  }

  /** A leader was elected by a majority that wrote its term down. So at most the others can be behind it. */
  #noteForgotten({ members }: ClusterFacts, led: ReadonlyMap<string, Led>): void {
    for (const [group, { term, members: voters }] of led) {
      const places = members.filter((each) => groupOf(each) === group);
      const behind = places.filter(({ status }) => {
        const own = numberOf(status?.["term"]);
        return own !== null && own < term && voters.has(textOf(status?.["member"]) ?? "");
      });
      const others = places.length - (Math.floor(places.length / 2) + 1);
      if (behind.length <= others) continue;
      const names = behind.map((each) => `${each.name} in ${numberOf(each.status?.["term"]) ?? "?"}`).join(", ");
      this.#problems.add(`group ${places[0]?.group ?? ""} had a leader in term ${term}, and too many are behind it: ${names}`);
    }
  }

  async #lookOn(): Promise<void> {
    while (!this.#isOver) {
      await this.look().catch(() => undefined);
      await pause(LOOK_MS);
    }
  }
}

const groupOf = ({ service, group }: Pick<Seen, "service" | "group">): string => `${service} ${group}`;

/**
 * What has been seen well since a moment, look by look: on a machine that is busy somebody is always late with an answer, and one who
 * was well since then has come back all the same.
 */
export class SeenWell {
  readonly #answered = new Set<string>();
  readonly #well = new Set<string>();

  note({ groups }: ClusterView): void {
    for (const { service, group, leader, members } of groups) {
      for (const { name, role, isWell } of members) {
        if (role !== "down" && role !== "silent") this.#answered.add(name);
        if (isWell) this.#well.add(name);
      }
      if (leader !== null) this.#well.add(`${service} ${group}`);
    }
  }

  /** The view, in which whoever was well since then is well. */
  among(view: ClusterView): ClusterView {
    const groups = view.groups.map((group) => ({
      ...group,
      members: group.members.map((member) => ({ ...member, isWell: member.isWell || this.#well.has(member.name) })),
    }));
    return { ...view, groups };
  }

  /** Somebody who has not answered yet. */
  whoIsSilent({ groups }: ClusterView): string | null {
    const silent = groups.flatMap(({ members }) => members).find(({ name }) => !this.#answered.has(name));
    return silent === undefined ? null : `${silent.name} does not answer`;
  }

  /** Why not everything was well yet, in words. */
  whyNotWhole({ groups, moves }: ClusterView): string | null {
    for (const { service, group, members } of groups) {
      const missing = members.find(({ name }) => !this.#well.has(name));
      if (missing !== undefined) return `${missing.name} is ${missing.role}${missing.note === null ? "" : `: ${missing.note}`}`;
      const isLed = service !== "replica" && service !== "shard-controller" ? true : this.#well.has(`${service} ${group}`);
      if (!isLed) return `${service} ${group} has no leader`;
    }
    const [move] = moves;
    return move === undefined ? null : `shard ${move.shard} is still on its way to group ${move.to} (${move.state})`;
  }
}
