// Keeps what is known about who serves what, and asks anew when answers show that it is out of date: one question at a
// time, for all calls that need it, and not more often than a pause allows.
import type { Outcome } from "../core/base/outcome.ts";
import { done, unknown } from "../core/base/outcome.ts";
import type { Wish } from "../core/routing/routes.ts";
import { Routes } from "../core/routing/routes.ts";
import type { ShardMap } from "../core/routing/shard-map.ts";
import { readShardMap } from "../core/routing/shard-map.ts";
import type { AttemptResult, Transport } from "./http-transport.ts";

export type RouterOptions = {
  readonly endpoints: readonly string[];
  readonly transport: Transport;
  readonly headers: Readonly<Record<string, string>>;
};

type Asked = { readonly origin: string; readonly wish: Wish; readonly tookMs: number };

const PATIENCE_MS = 100;
const ASKING_MS = 1_000;
const ASKED_MAX = 8;
const PAUSE_MS = 100;
const SPREAD_MAX = 1_000_000;
const NO_SHARD: Wish = { shard: null, wants: "anyMember" };

export class Router {
  readonly routes: Routes;
  readonly #options: RouterOptions;
  readonly #closed = new AbortController();
  #refreshing: Promise<Outcome<ShardMap>> | null = null;
  #hasAsked = false;
  /** Who told an old map when others had answered by a newer one: asked last of all, until one of them is up to date. */
  #behind: readonly string[] = [];

  constructor(options: RouterOptions) {
    this.#options = options;
    this.routes = new Routes(options.endpoints, Math.floor(Math.random() * SPREAD_MAX));
  }

  /** Before the first call: asks for a map, but nobody waits for it, because any member takes any request. */
  begin(): void {
    if (!this.#hasAsked) void this.refresh();
  }

  /** Takes from an answer, or from its absence, what it says about routes. */
  learn({ origin, wish, tookMs }: Asked, { outcome, leader, stamp }: AttemptResult): void {
    const { routes } = this;
    if (stamp !== null && routes.answered(origin, stamp) === "outdated") void this.refresh();
    if (leader !== null) routes.leaderNamed(wish, leader);
    // Whoever had hardly any time to answer is not blamed for it.
    const isSilent = outcome.kind === "unknown" && (outcome.after !== "deadline" || tookMs >= PATIENCE_MS);
    if (isSilent || (outcome.kind === "refused" && NO_HELP.has(outcome.refusal.code))) routes.avoid(origin, performance.now());
    // Nobody knows who leads now, or this one only forwards to somebody who doesn't: the map may.
    if (outcome.kind === "refused" && outcome.refusal.code === "notLeader" && leader === null) void this.refresh();
  }

  /** The newest map that can be had now. Without one, or with an older one, everything works, with more hops. */
  refresh(): Promise<Outcome<ShardMap>> {
    this.#hasAsked = true;
    this.#refreshing ??= this.#ask().finally(() => {
      const timer = setTimeout(() => (this.#refreshing = null), PAUSE_MS);
      timer.unref();
    });
    return this.#refreshing;
  }

  close(): void {
    this.#closed.abort();
  }

  async #ask(): Promise<Outcome<ShardMap>> {
    const tried: string[] = [];
    let last: Outcome<ShardMap> = unknown("connectionLost");
    while (tried.length < ASKED_MAX && !this.#closed.signal.aborted) {
      const endpoint = this.routes.choose(NO_SHARD, [...this.#behind, ...tried], performance.now());
      if (tried.includes(endpoint)) break;
      tried.push(endpoint);
      const { outcome } = await this.#options.transport.attempt({
        ...{ endpoint, method: "GET", path: "/v1/shard-map", headers: this.#options.headers, body: null },
        ...{ timeoutMs: ASKING_MS, signal: this.#closed.signal },
      });
      last = mapIn(outcome);
      if (last.kind === "done") {
        this.routes.adopt(last.value);
        this.#behind = this.routes.isMapOld ? [...this.#behind.filter((each) => each !== endpoint), endpoint] : [];
        return last;
      }
      // A definite no would be the same anywhere.
      if (last.kind === "refused" && !NO_HELP.has(last.refusal.code)) return last;
      this.routes.avoid(endpoint, performance.now());
    }
    return last;
  }
}

/** Whoever answers like this is of no use for a while. */
const NO_HELP: ReadonlySet<string> = new Set(["noQuorum", "deadline", "starting", "shuttingDown"]);

function mapIn(outcome: Outcome<unknown>): Outcome<ShardMap> {
  if (outcome.kind !== "done") return outcome;
  const map = readShardMap(outcome.value);
  return map === null ? unknown("connectionLost") : done(map);
}
