// Looks at the whole cluster a few times a second, keeps what it saw for the report, and notices what must never be seen: two
// leaders in one term, a member whose term went back, members of a group that hold different things.
import type { ClusterFacts, MemberFacts } from "../status/cluster-facts.ts";
import type { ClusterView, GroupView } from "../status/cluster-view.ts";
import { fetchJson } from "../fetch-json.ts";
import type { Standing } from "./strike.ts";
import { viewOf } from "../status/cluster-view.ts";
import { fieldsOf, numberOf, textOf } from "../json.ts";

/** Of each process: leader, follower, down and so on. */
export type Sample = { readonly atMs: number; readonly roles: Readonly<Record<string, string>> };

type Seen = Pick<MemberFacts, "name" | "service" | "group" | "http" | "status">;
type TermSeen = { readonly member: string; readonly term: number };

const LOOK_MS = 150;

export class Watch {
  readonly samples: Sample[] = [];
  readonly #gather: () => Promise<ClusterFacts>;
  readonly #problems = new Set<string>();
  readonly #leaders = new Map<string, string>();
  readonly #terms = new Map<string, TermSeen>();
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
    const facts = await this.#gather();
    this.note(facts);
    const view = viewOf(facts);
    this.#view = view;
    const roles = view.groups.flatMap(({ members }) => members.map(({ name, role }) => [name, role] as const));
    this.samples.push({ atMs: performance.now(), roles: Object.fromEntries(roles) });
    return view;
  }

  /** One member alone, and what it says is noted. */
  async ask({ service, group, members }: GroupView, name: string): Promise<Standing | null> {
    const http = members.find((each) => each.name === name)?.http;
    const answer = http === undefined ? null : await fetchJson(`${http}/v1/status`);
    const status = fieldsOf(answer);
    const [term, role] = [numberOf(status["term"]), textOf(status["role"])];
    if (http === undefined || term === null || role === null) return null;
    this.note({ members: [{ name, service, group, http, status }] });
    return { term, role };
  }

  note({ members }: { readonly members: readonly Seen[] }): void {
    for (const facts of members) {
      const member = textOf(facts.status?.["member"]);
      const term = numberOf(facts.status?.["term"]);
      if (member === null || term === null) continue;
      if (facts.status?.["role"] === "leader") this.#noteLeader(facts, { member, term });
      const before = this.#terms.get(facts.name);
      if (before?.member === member && term < before.term)
        this.#problems.add(`${facts.name} was in term ${before.term} and is in term ${term} now: it has forgotten one`);
      this.#terms.set(facts.name, { member, term });
    }
  }

  #noteLeader({ service, group, name }: Seen, { member, term }: TermSeen): void {
    const key = `${service} ${group} ${term}`;
    const known = this.#leaders.get(key);
    if (known !== undefined && known !== member)
      this.#problems.add(`group ${group} has two leaders in term ${term}: ${known}, and ${member} (${name})`);
    this.#leaders.set(key, known ?? member);
  }

  async #lookOn(): Promise<void> {
    while (!this.#isOver) {
      await this.look().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
}

/** Pure: members of a group that report the same index and not the same digest, once nothing changes any more. */
export function differingDigests({ members }: ClusterFacts): readonly string[] {
  const seen = new Map<string, { readonly digest: string; readonly name: string }>();
  return members.flatMap(({ service, group, name, status }) => {
    const { index, digest } = fieldsOf(status?.["stateDigest"]);
    const text = textOf(digest) ?? (numberOf(digest) === null ? null : String(digest));
    if (numberOf(index) === null || text === null) return [];
    const key = `${service} ${group} ${numberOf(index)}`;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, { digest: text, name });
    return first === undefined || first.digest === text
      ? []
      : [`${first.name} and ${name} hold different things at index ${numberOf(index)}`];
  });
}

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
