// The first screen: is it healthy, who leads, what is slow.
import { dashboard } from "./dashboard.ts";
import { bounds, lines, NOTHING, stat, states } from "./panels.ts";
import { CLIENT_ROUTES, inRange, LEADERS, ofRelease, perSecond, quantile, saidByLeaders, series, TIMED_ROUTES } from "./selectors.ts";

const REQUESTS = "flotilla_http_requests_total";
const DURATION = "flotilla_http_request_duration_seconds";

const health = [
  stat({
    title: "Groups with a leader",
    description: "Both numbers are the same when all is well. A group without a leader answers no writes and no linearizable reads.",
    unit: "none",
    queries: [
      { expr: `sum(max by (group) (${LEADERS}))`, legend: "with a leader" },
      { expr: `count(count by (group) (${LEADERS}))`, legend: "in all" },
    ],
  }),
  stat({
    title: "Members that answer",
    description: "Replicas and shard controllers that Prometheus could ask just now, and those that it knows.",
    unit: "none",
    queries: [
      { expr: `sum(${series("up", 'component=~"replica|controller"')})`, legend: "answer" },
      { expr: `count(${series("up", 'component=~"replica|controller"')})`, legend: "in all" },
    ],
  }),
  stat({
    title: "Shards served",
    description: "Of 256, as leaders see it. Fewer: a shard is being moved this very moment, or its group has no leader.",
    unit: "none",
    queries: [{ expr: `sum(${saidByLeaders(series("flotilla_shards", 'state="serving"'))})`, legend: "serving" }],
    thresholds: [
      { value: NOTHING, color: "red" },
      { value: 256, color: "green" },
    ],
  }),
  stat({
    title: "Requests that failed",
    description:
      "The share of answers with a 5xx code. A leader's death costs some for less than a second; clients that retry see none of them.",
    unit: "percentunit",
    queries: [
      {
        expr: `sum(${perSecond(REQUESTS, `code=~"5..",${CLIENT_ROUTES}`)}) / (sum(${perSecond(REQUESTS, CLIENT_ROUTES)}) > 0) or vector(0)`,
        legend: "5xx",
      },
    ],
    thresholds: bounds({ orange: 0.01, red: 0.05 }),
  }),
  stat({
    title: "Slowest hundredth",
    description:
      "99 of 100 requests of clients were answered within this time. What is held on purpose and what carries files is left out.",
    unit: "s",
    noValue: "no requests",
    queries: [{ expr: quantile(0.99, DURATION, { matchers: TIMED_ROUTES }), legend: "p99" }],
    thresholds: bounds({ orange: 0.25, red: 1 }),
  }),
  stat({
    title: "Failures that should not happen",
    description: "Damage, divergence, full disks, bugs: each has an alert and a runbook. In the time that is shown.",
    unit: "none",
    queries: [{ expr: `sum(${inRange("flotilla_failures_total")})`, legend: "failures" }],
    thresholds: bounds({ red: 1 }),
  }),
];

const requests = [
  lines({
    title: "Requests",
    description:
      "Answered by each service, those that one member forwarded to another among them; probes, scrapes and what is held on purpose are left out.",
    unit: "reqps",
    noValue: "none yet",
    queries: [{ expr: `sum by (service) (${perSecond(REQUESTS, CLIENT_ROUTES)})`, legend: "{{service}}" }],
  }),
  lines({
    title: "Answers that are no success",
    description: "4xx: what was asked was wrong, or somebody else has to be asked (421). 5xx: not now (503), no space (507), a bug (500).",
    unit: "reqps",
    noValue: "none yet",
    queries: [{ expr: `sum by (code) (${perSecond(REQUESTS, `code=~"[45]..",${CLIENT_ROUTES}`)})`, legend: "{{code}}" }],
  }),
  lines({
    title: "How long requests take",
    description:
      "From arrival to answer, without what carries files. The slow ones follow fsync (Raft dashboard) and the event loop (Node runtime dashboard).",
    unit: "s",
    noValue: "no requests",
    queries: [
      { expr: quantile(0.5, DURATION, { by: "service", matchers: TIMED_ROUTES }), legend: "{{service}} p50" },
      { expr: quantile(0.99, DURATION, { by: "service", matchers: TIMED_ROUTES }), legend: "{{service}} p99" },
    ],
  }),
];

const groups = [
  states({
    title: "Who leads",
    description: "One band for each member. Exactly one member of a group leads, except for the moments of an election.",
    unit: "none",
    queries: [{ expr: `max by (group, pod) (${LEADERS})`, legend: "{{group}}: {{pod}}" }],
    states: { "0": { text: "follows", color: "dark-blue" }, "1": { text: "leads", color: "green" } },
  }),
  lines({
    title: "Why a rollout waits",
    description:
      "Members that no update goes beyond. `hold`: told to end, and its group would lose its majority; else it is not ready. Short hills are an update.",
    unit: "none",
    noValue: "nobody keeps one waiting",
    queries: [{ expr: `max by (pod, reason) (${series("flotilla_rollout_blocked")}) == 1`, legend: "{{pod}}: {{reason}}" }],
  }),
  lines({
    title: "Operations on keys",
    description: "Which group serves how much. Very uneven lines: few keys get most of the traffic, or shards are spread unevenly.",
    unit: "ops",
    queries: [{ expr: `sum by (group) (${perSecond("flotilla_kv_operations_total")})`, legend: "group {{group}}" }],
  }),
  lines({
    title: "Processor",
    description: "Processors in use by each member; one process uses hardly more than one.",
    unit: "percentunit",
    queries: [{ expr: `max by (pod) (${perSecond("process_cpu_seconds_total")})`, legend: "{{pod}}" }],
  }),
  lines({
    title: "Memory",
    description: "Resident memory of each member. The whole state of a group is held by each of its members.",
    unit: "bytes",
    queries: [{ expr: `max by (pod) (${series("process_resident_memory_bytes")})`, legend: "{{pod}}" }],
  }),
];

const jobs = [
  lines({
    title: "Jobs under way",
    description: "Waiting, mapping or reducing. The Jobs dashboard says how far they are and what is slow.",
    unit: "none",
    queries: [{ expr: `sum by (state) (${ofRelease.series("flotilla_jobs", 'state=~"waiting|mapping|reducing"')})`, legend: "{{state}}" }],
  }),
  lines({
    title: "Tasks under way",
    description: "Maps and reduces of all jobs, waiting and running.",
    unit: "none",
    queries: [{ expr: `sum by (phase, state) (${ofRelease.series("flotilla_tasks", 'state!="done"')})`, legend: "{{phase}} {{state}}" }],
  }),
  lines({
    title: "Slots of workers",
    description: "How many tasks can run at once, and how many do.",
    unit: "none",
    queries: [{ expr: `sum by (state) (${ofRelease.series("flotilla_worker_slots")})`, legend: "{{state}}" }],
  }),
];

export const overview = dashboard({
  name: "overview",
  title: "Overview",
  description: "Is it healthy, who leads, what is slow.",
  rows: [
    { title: "Is it healthy?", panels: health },
    { title: "Requests of clients", panels: requests },
    { title: "Groups and members", panels: groups },
    { title: "Jobs", panels: jobs },
  ],
});
