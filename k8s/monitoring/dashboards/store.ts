// The store: what clients ask of it, who serves which share, and how moves of shards go.
import { dashboard } from "./dashboard.ts";
import { bounds, heat, lines, stat } from "./panels.ts";
import { averageInRange, CLIENT_ROUTES, inRange, ofRelease, perSecond, quantile, saidByLeaders, series } from "./selectors.ts";

const DURATION = "flotilla_http_request_duration_seconds";
const OPERATIONS = "flotilla_kv_operations_total";
const ON_KEYS = 'service="replica",route=~"/v1/(kv|txn|batch).*"';

const operations = [
  lines({
    title: "Operations",
    description: "On keys, by kind, whichever door they came through; each is counted by the member that was asked.",
    unit: "ops",
    queries: [{ expr: `sum by (operation) (${perSecond(OPERATIONS)})`, legend: "{{operation}}" }],
  }),
  lines({
    title: "Operations without success",
    description: "`refused`: it did not happen and will not (a guard, a missing key, not the owner). `unknown`: it may have happened.",
    unit: "ops",
    queries: [{ expr: `sum by (operation, result) (${perSecond(OPERATIONS, 'result!="done"')})`, legend: "{{operation}} {{result}}" }],
  }),
  lines({
    title: "Repeated requests answered from memory",
    description:
      "A client sent the same serial again and got its first answer: what would have been done twice without sessions. All members of a group find the same.",
    unit: "ops",
    queries: [{ expr: `max by (group) (${perSecond("flotilla_duplicates_answered_total")})`, legend: "group {{group}}" }],
  }),
  lines({
    title: "How long requests on keys take",
    description: "At the HTTP door, by route and method. Where a replica's requests take longer than a second for long, there is an alert.",
    unit: "s",
    noValue: "no requests",
    queries: [{ expr: quantile(0.99, DURATION, { by: "route, method", matchers: ON_KEYS }), legend: "{{method}} {{route}} p99" }],
    thresholds: bounds({ orange: 0.25, red: 1 }),
  }),
  heat({
    title: "Requests on keys, by how long they take",
    description: "All routes together. Two bands are usual: reads, and writes that wait for disks.",
    unit: "s",
    noValue: "none yet",
    queries: [{ expr: `sum by (le) (${perSecond(`${DURATION}_bucket`, ON_KEYS)})`, legend: "{{le}}" }],
  }),
  lines({
    title: "Under way",
    description:
      "HTTP requests that are not answered yet. Climbs when something holds them: an election, a frozen shard, a slow disk. More than 10,000 are refused (429).",
    unit: "short",
    queries: [{ expr: `max by (pod) (${series("flotilla_http_requests_under_way", 'component="replica"')})`, legend: "{{pod}}" }],
    thresholds: bounds({ red: 10_000 }),
  }),
];

const redis = [
  lines({
    title: "Redis commands",
    description: "By name. Clients of Redis Cluster go to the member that serves the slot.",
    unit: "ops",
    noValue: "none yet",
    queries: [{ expr: `sum by (command) (${perSecond("flotilla_redis_commands_total")})`, legend: "{{command}}" }],
  }),
  lines({
    title: "Redis commands answered with an error",
    description:
      "MOVED among them: a client without a map, or with an old one, is told where to go. Else: a wrong command, or an unknown outcome.",
    unit: "ops",
    noValue: "none yet",
    queries: [{ expr: `sum by (command) (${perSecond("flotilla_redis_commands_total", 'result="error"')})`, legend: "{{command}}" }],
  }),
  lines({
    title: "How long Redis commands take",
    description: "From a command's arrival to its reply, all commands together.",
    unit: "s",
    noValue: "no commands",
    queries: [
      { expr: quantile(0.5, "flotilla_redis_command_duration_seconds", { by: "group" }), legend: "group {{group}} p50" },
      { expr: quantile(0.99, "flotilla_redis_command_duration_seconds", { by: "group" }), legend: "group {{group}} p99" },
    ],
  }),
  lines({
    title: "Redis connections",
    description: "Open ones, of each member. A port takes 10,000 at once.",
    unit: "short",
    queries: [{ expr: `max by (pod) (${series("flotilla_redis_connections")})`, legend: "{{pod}}" }],
    thresholds: bounds({ red: 10_000 }),
  }),
];

const shards = [
  stat({
    title: "Configuration",
    description: "The number of the latest one. Each join, leave and move makes the next.",
    unit: "none",
    queries: [{ expr: `max(${ofRelease.series("flotilla_controller_configuration_number")})`, legend: "number" }],
  }),
  stat({
    title: "Groups in it",
    description: "Groups that may own shards.",
    unit: "none",
    queries: [{ expr: `max(${ofRelease.series("flotilla_controller_groups")})`, legend: "groups" }],
  }),
  stat({
    title: "A move takes",
    description:
      "On average, from the configuration that gives a shard away until its new group serves it. Requests go on meanwhile. 0 when none moved.",
    unit: "s",
    queries: [{ expr: averageInRange("flotilla_shard_migration_duration_seconds"), legend: "to group {{group}}" }],
  }),
  stat({
    title: "A shard stands still for",
    description: "On average, the part of a move in which requests are held. Does not grow with the shard. 0 when none moved.",
    unit: "s",
    queries: [{ expr: averageInRange("flotilla_shard_frozen_duration_seconds"), legend: "from group {{group}}" }],
  }),
  lines({
    title: "Shards by group and state",
    description: "As leaders see it. Stacked, serving ones make 256. `pulling` or `frozen` for long: a move is stuck, which has a runbook.",
    unit: "none",
    queries: [{ expr: `max by (group, state) (${saidByLeaders(series("flotilla_shards"))})`, legend: "{{group}} {{state}}" }],
  }),
  lines({
    title: "Moves",
    description:
      "Shards handed over and taken in the time that is shown: the two are equal when nothing is under way. `begunAnew`: a copy was interrupted.",
    unit: "none",
    queries: [
      { expr: `sum by (result) (${inRange("flotilla_shard_migrations_total")})`, legend: "{{result}}" },
      { expr: `sum(max by (group) (${inRange("flotilla_shard_copies_failed_total")}))`, legend: "copies that did not add up" },
    ],
  }),
  lines({
    title: "Changes that were asked for",
    description: "Of groups and shards, at the controllers, in the time that is shown.",
    unit: "none",
    queries: [
      {
        expr: `sum by (operation, result) (${ofRelease.inRange("flotilla_controller_changes_total")})`,
        legend: "{{operation}} {{result}}",
      },
    ],
  }),
];

const memory = [
  lines({
    title: "Sessions",
    description: "Clients whose answers are remembered, for an hour after their last request.",
    unit: "short",
    queries: [{ expr: `max by (group) (${series("flotilla_replica_sessions")})`, legend: "group {{group}}" }],
  }),
  lines({
    title: "Remembered answers",
    description: "The room that they take.",
    unit: "bytes",
    queries: [{ expr: `max by (group) (${series("flotilla_replica_session_answer_bytes")})`, legend: "group {{group}}" }],
  }),
  lines({
    title: "Looking through the state",
    description: "How long it took to compare the whole state in memory with its checksums once, in the background.",
    unit: "s",
    queries: [{ expr: `max by (pod) (${series("flotilla_replica_scrub_round_seconds")})`, legend: "{{pod}}" }],
  }),
  lines({
    title: "Bytes held for requests",
    description: "Bodies of requests and answers that are under way. Beyond 64 MiB requests are refused (429).",
    unit: "bytes",
    queries: [{ expr: `max by (pod) (${series("flotilla_http_bytes_under_way")})`, legend: "{{pod}}" }],
    thresholds: bounds({ red: 64 * 1_048_576 }),
  }),
  lines({
    title: "Requests of clients, by route",
    description: "At replicas; what one member forwards to another is counted at both.",
    unit: "reqps",
    noValue: "none yet",
    queries: [
      {
        expr: `sum by (route, method) (${perSecond("flotilla_http_requests_total", `service="replica",${CLIENT_ROUTES}`)})`,
        legend: "{{method}} {{route}}",
      },
    ],
  }),
];

export const store = dashboard({
  name: "store",
  title: "Store and shards",
  description: "What clients ask of the store, who serves which share, and how moves of shards go.",
  rows: [
    { title: "Operations", panels: operations },
    { title: "Redis door", panels: redis },
    { title: "Shards", panels: shards },
    { title: "Memory and sessions", panels: memory },
  ],
});
