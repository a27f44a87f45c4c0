// A run of `flotilla chaos run`: what is being broken, what clients notice of it, and how long it takes until all is well again.
import { dashboard, FAULTS } from "./dashboard.ts";
import { lines, stat, states } from "./panels.ts";
import { CLIENT_ROUTES, LEADERS, ofRelease, perSecond, quantile, TIMED_ROUTES } from "./selectors.ts";

const GAP = "flotilla_chaos_gap_seconds";
const RECOVERY = "flotilla_chaos_recovery_seconds";
const REQUESTS = "flotilla_http_requests_total";
/** A band of its own while nothing is broken, also before the first run. */
const NO_FAULT = 'label_replace(label_replace(vector(0), "fault", "none", "", ""), "target", "nobody", "", "")';

const run = [
  stat({
    title: "Faults played",
    description: "In the time that is shown, of all kinds.",
    unit: "none",
    queries: [{ expr: `sum(${ofRelease.inRange("flotilla_chaos_faults_total")}) or vector(0)`, legend: "faults" }],
  }),
  stat({
    title: "Clients waited, p99",
    description: "The longest time in which no client of the struck group was answered, for 99 of 100 faults. Buckets make it coarse.",
    unit: "s",
    noValue: "no fault yet",
    queries: [{ expr: `histogram_quantile(0.99, sum by (le) (${ofRelease.series(`${GAP}_bucket`)}))`, legend: "p99" }],
  }),
  stat({
    title: "All well after, p99",
    description: "From a fault until every process was ready and no shard on its way, for 99 of 100 faults. Buckets make it coarse.",
    unit: "s",
    noValue: "no fault yet",
    queries: [{ expr: `histogram_quantile(0.99, sum by (le) (${ofRelease.series(`${RECOVERY}_bucket`)}))`, legend: "p99" }],
  }),
];

const faults = [
  states({
    title: "Fault of the moment",
    description: "From the first act of a fault until all is well again, by whom it strikes. The report of the run says why one took long.",
    unit: "none",
    queries: [{ expr: `max by (fault, target) (${FAULTS}) or on () ${NO_FAULT}`, legend: "{{fault}}: {{target}}" }],
    states: { "0": { text: "whole", color: "green" }, "1": { text: "broken", color: "red" } },
  }),
  states({
    title: "Leaders meanwhile",
    description: "One band for each member of a group. A leader that is struck is followed by another within a second or two.",
    unit: "none",
    queries: [{ expr: `max by (group, pod) (${LEADERS})`, legend: "{{group}}: {{pod}}" }],
    states: { "0": { text: "follows", color: "dark-blue" }, "1": { text: "leads", color: "green" } },
  }),
];

const clients = [
  lines({
    title: "Share of requests that succeed",
    description:
      "Of all answers of members. Retrying clients see none of the others; what a dead process did not answer is in no number here.",
    unit: "percentunit",
    noValue: "no requests",
    queries: [
      {
        expr: `sum(${perSecond(REQUESTS, `code!~"5..",${CLIENT_ROUTES}`)}) / (sum(${perSecond(REQUESTS, CLIENT_ROUTES)}) > 0)`,
        legend: "succeed",
      },
    ],
  }),
  lines({
    title: "How long clients waited, by fault",
    description: "For half of the faults of each kind, since the run began. A kill of a leader costs an election.",
    unit: "s",
    noValue: "no fault yet",
    queries: [{ expr: `histogram_quantile(0.5, sum by (le, fault) (${ofRelease.series(`${GAP}_bucket`)}))`, legend: "{{fault}}" }],
  }),
  lines({
    title: "How long until all was well, by fault",
    description: "For half of the faults of each kind, since the run began. Processes start, catch up and become ready.",
    unit: "s",
    noValue: "no fault yet",
    queries: [{ expr: `histogram_quantile(0.5, sum by (le, fault) (${ofRelease.series(`${RECOVERY}_bucket`)}))`, legend: "{{fault}}" }],
  }),
  lines({
    title: "Latency of answers",
    description: "Of what members answered. Peaks beside the marks of faults are elections; peaks without one are worth a look.",
    unit: "s",
    noValue: "no requests",
    queries: [
      { expr: quantile(0.5, "flotilla_http_request_duration_seconds", { matchers: TIMED_ROUTES }), legend: "p50" },
      { expr: quantile(0.99, "flotilla_http_request_duration_seconds", { matchers: TIMED_ROUTES }), legend: "p99" },
    ],
  }),
];

export const chaos = dashboard({
  name: "chaos",
  title: "Chaos run",
  description: "What is being broken, what clients notice of it, and how long it takes until all is well.",
  rows: [
    { title: "The run so far", panels: run },
    { title: "What is broken", panels: faults },
    { title: "What clients notice", panels: clients },
  ],
});
