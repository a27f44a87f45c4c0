// A cluster that a command asks and tells things: how it stands now, and what its controllers and leaders are told. Everything
// is looked up anew each time, because leaders change and processes come back.
import type { Environment } from "../config.ts";
import type { Given } from "../grammar/given.ts";
import type { Fields } from "../json.ts";
import { fieldsOf, listOf, numberOf, textOf } from "../json.ts";
import { gatherFacts } from "../status/cluster-facts.ts";
import type { ClusterFacts } from "../status/cluster-facts.ts";
import type { ClusterView, GroupView } from "../status/cluster-view.ts";
import { viewOf } from "../status/cluster-view.ts";
import { Trouble } from "../trouble.ts";
import { askOne, demand } from "./cluster-api.ts";
import { findContext } from "./context.ts";
import type { Context } from "./context.ts";
import { pause } from "../../waiting.ts";

const LOOK_MS = 100;

export class LiveCluster {
  readonly #context: () => Context;

  constructor(context: () => Context) {
    this.#context = context;
  }

  static of(given: Given, environment: Environment): LiveCluster {
    return new LiveCluster(() => findContext(given, { environment, workingDirectory: process.cwd() }));
  }

  context(): Context {
    return this.#context();
  }

  facts(): Promise<ClusterFacts> {
    return gatherFacts(this.#context());
  }

  async view(): Promise<ClusterView> {
    return viewOf(await this.facts());
  }

  async group(name: string): Promise<GroupView> {
    return groupIn(await this.view(), name);
  }

  /** The configuration that the controllers have now. */
  async configuration(): Promise<Fields> {
    return this.controllers("GET", "/v1/config");
  }

  async controllers(method: "GET" | "POST", path: string, body?: unknown): Promise<Fields> {
    const { members } = await this.facts();
    const endpoints = members.filter(({ service }) => service === "shard-controller").map(({ http }) => http);
    if (endpoints.length === 0)
      throw new Trouble("this cluster has no shard controllers that are known", "name one of them: --endpoint http://host:port");
    const { tokens } = this.#context();
    return demand(endpoints, {
      method,
      path,
      ...(body === undefined ? {} : { body }),
      token: method === "GET" ? tokens.data : tokens.admin,
    });
  }

  /** The leader of a group is told something. */
  async leader(
    group: string,
    method: "POST" | "DELETE",
    { path, body }: { readonly path: string; readonly body?: unknown },
  ): Promise<Fields> {
    const { leader, members } = await this.group(group);
    const http = members.find(({ name }) => name === leader)?.http;
    if (http === undefined) throw new Trouble(`group ${group} has no leader now`, "see why: flotilla status");
    return demand([http], { method, path, ...(body === undefined ? {} : { body }), token: this.#context().tokens.admin });
  }

  /** Who belongs to a group, as its leader says. */
  async membersOf(group: string): Promise<Fields> {
    const { leader, members } = await this.group(group);
    const http = members.find(({ name }) => name === leader)?.http;
    const answered = http === undefined ? null : await askOne(http, { path: "/v1/members", token: this.#context().tokens.data });
    if (answered === null) throw new Trouble(`group ${group} has no leader now`, "see why: flotilla status");
    return answered.fields;
  }

  /** The id of the member at a place, as its group knows it. */
  async memberAt(group: string, ordinal: number): Promise<string | null> {
    const { leader, members } = await this.group(group);
    const http = members.find(({ name }) => name === leader)?.http;
    const answered = http === undefined ? null : await askOne(http, { path: "/v1/members", token: this.#context().tokens.data });
    const places = listOf(answered?.fields["members"]).map(fieldsOf);
    return textOf(places.find((place) => numberOf(place["ordinal"]) === ordinal)?.["member"]);
  }

  /** Looks until something is found; what was not found by the deadline is named. */
  async until<T>(what: string | (() => string), deadlineMs: number, find: (view: ClusterView) => Promise<T | null> | T | null): Promise<T> {
    const untilMs = performance.now() + deadlineMs;
    for (;;) {
      const found = await find(await this.view());
      if (found !== null) return found;
      if (performance.now() > untilMs)
        throw new Trouble(
          `not within ${Math.round(deadlineMs / 1_000)} s: ${typeof what === "string" ? what : what()}`,
          "it goes on without you; see: flotilla status",
        );
      await pause(LOOK_MS);
    }
  }
}

export function groupIn({ groups }: ClusterView, name: string): GroupView {
  const found = groups.find(({ group }) => group === name);
  if (found === undefined) throw new Trouble(`there is no group ${name}`, `there are: ${groups.map(({ group }) => group).join(", ")}`);
  return found;
}
