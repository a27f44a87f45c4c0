// Jobs: is one running and how far, what is slow, what fails and why, and who works for it.
import { dashboard } from "./dashboard.ts";
import { bounds, heat, lines, NOTHING, stat, states } from "./panels.ts";
import { ofRelease } from "./selectors.ts";

const ATTEMPTS = "flotilla_task_attempts_total";
const DURATION = "flotilla_task_duration_seconds";
const OPEN = 'state=~"waiting|mapping|reducing"';
/** Of a job's work: the rest is a task or two that take no time. */
const WORK = 'phase=~"map|reduce"';
const LEADS = ofRelease.series("flotilla_coordinator_leads");

const now = [
  stat({
    title: "Jobs under way",
    description: "Waiting, mapping or reducing. `flotilla job list` names them.",
    unit: "none",
    queries: [{ expr: `sum(${ofRelease.series("flotilla_jobs", OPEN)})`, legend: "jobs" }],
  }),
  stat({
    title: "Tasks done",
    description: "The share of maps and reduces of the jobs under way. Nothing runs: 1, for nothing is left to do.",
    unit: "percentunit",
    queries: [
      {
        expr: `(sum(${ofRelease.series("flotilla_tasks", `${WORK},state="done"`)}) / (sum(${ofRelease.series("flotilla_tasks", WORK)}) > 0)) or vector(1)`,
        legend: "done",
      },
    ],
  }),
  stat({
    title: "No further since",
    description:
      "Of all jobs under way, the one that has read, written and finished nothing for longest. Above 15 minutes there is an alert.",
    unit: "s",
    queries: [{ expr: `max(${ofRelease.series("flotilla_job_stalled_seconds")})`, legend: "stalled" }],
    thresholds: bounds({ orange: 60, red: 900 }),
  }),
  stat({
    title: "Workers",
    description: "That the coordinator hears of. Those that stop hand their map outputs over before they go.",
    unit: "none",
    queries: [{ expr: `sum by (state) (${ofRelease.series("flotilla_workers")})`, legend: "{{state}}" }],
  }),
  stat({
    title: "Coordinators that lead",
    description: "Exactly one has the jobs, except for the moments in which another takes over. With none, jobs wait.",
    unit: "none",
    queries: [{ expr: `sum(${LEADS})`, legend: "lead" }],
    thresholds: [
      { value: NOTHING, color: "red" },
      { value: 1, color: "green" },
      { value: 2, color: "orange" },
    ],
  }),
  stat({
    title: "Jobs that ended",
    description: "In the time that is shown, by how. `flotilla job status JOB` says why one failed.",
    unit: "none",
    queries: [{ expr: `sum by (state) (${ofRelease.inRange("flotilla_jobs_ended_total")})`, legend: "{{state}}" }],
  }),
];

const progress = [
  lines({
    title: "Jobs by state",
    description: "Those that the coordinator has. `waiting` for long: no worker has a slot for the list of their inputs.",
    unit: "none",
    queries: [{ expr: `sum by (state) (${ofRelease.series("flotilla_jobs", OPEN)})`, legend: "{{state}}" }],
  }),
  lines({
    title: "Tasks by state",
    description: "Maps and reduces of those jobs. Reduces wait until every map is done. Done maps that fall back: outputs were lost.",
    unit: "none",
    queries: [{ expr: `sum by (phase, state) (${ofRelease.series("flotilla_tasks", WORK)})`, legend: "{{phase}} {{state}}" }],
  }),
  lines({
    title: "Tasks that become done",
    description: "Attempts that counted, by phase: the pace of all jobs together.",
    unit: "cps",
    queries: [{ expr: `sum by (phase) (${ofRelease.perSecond(ATTEMPTS, 'result="done"')})`, legend: "{{phase}}" }],
  }),
];

const slow = [
  lines({
    title: "How long tasks take",
    description: "Attempts that counted. A p99 far above the p50: some splits or keys are much larger than the others.",
    unit: "s",
    noValue: "no tasks",
    queries: [
      { expr: ofRelease.quantile(0.5, DURATION, { by: "phase", matchers: WORK }), legend: "{{phase}} p50" },
      { expr: ofRelease.quantile(0.99, DURATION, { by: "phase", matchers: WORK }), legend: "{{phase}} p99" },
    ],
  }),
  heat({
    title: "Tasks, by how long they take",
    description: "Maps and reduces together. A thin band far above the others is skew, or a slow machine.",
    unit: "s",
    noValue: "none yet",
    queries: [{ expr: `sum by (le) (${ofRelease.perSecond(`${DURATION}_bucket`, WORK)})`, legend: "{{le}}" }],
  }),
  lines({
    title: "Stragglers",
    description: "Attempts that run for more than twice as long as is usual in their job. Backups are begun for them once slots are free.",
    unit: "none",
    queries: [{ expr: `sum by (phase) (${ofRelease.series("flotilla_tasks_straggling")})`, legend: "{{phase}}" }],
  }),
  lines({
    title: "Backup copies",
    description:
      "That ended in the time that is shown. `done`: the copy was faster. Mostly `unwanted`: the first copies were not that slow.",
    unit: "none",
    queries: [{ expr: `sum by (result) (${ofRelease.inRange("flotilla_backup_attempts_total")})`, legend: "{{result}}" }],
  }),
];

const failures = [
  lines({
    title: "Attempts by how they ended",
    description:
      "In the time that is shown. `lost`: their worker fell silent. `givenBack`: it was told to stop. `unwanted`: another was first.",
    unit: "none",
    queries: [{ expr: `sum by (result) (${ofRelease.inRange(ATTEMPTS)})`, legend: "{{result}}" }],
  }),
  lines({
    title: "Why attempts fail",
    description: "In the time that is shown; each is tried again while there is a point in it. docs/errors.md explains the words.",
    unit: "none",
    queries: [{ expr: `sum by (reason) (${ofRelease.inRange("flotilla_attempt_failures_total")})`, legend: "{{reason}}" }],
  }),
  lines({
    title: "Map outputs lost, and records left out",
    description:
      "In the time that is shown. Outputs go with the disk of a worker and are made anew; records that no attempt survives are skipped.",
    unit: "none",
    queries: [
      { expr: `sum(${ofRelease.inRange("flotilla_map_outputs_lost_total")})`, legend: "outputs lost" },
      { expr: `sum by (phase) (${ofRelease.inRange("flotilla_records_skipped_total")})`, legend: "records left out, {{phase}}" },
    ],
  }),
];

const data = [
  lines({
    title: "Bytes",
    description: "Read and written by tasks that count, as they become done: hills, for a task brings all of its bytes at once.",
    unit: "Bps",
    queries: [
      { expr: `sum by (phase, direction) (${ofRelease.perSecond("flotilla_task_bytes_total")})`, legend: "{{phase}} {{direction}}" },
    ],
  }),
  lines({
    title: "Records",
    description: "What maps wrote is what reduces read, in the end; the job fails if it is not.",
    unit: "cps",
    queries: [
      { expr: `sum by (phase, direction) (${ofRelease.perSecond("flotilla_task_records_total")})`, legend: "{{phase}} {{direction}}" },
    ],
  }),
  lines({
    title: "Shuffle",
    description: "What reduces that count fetched from workers. Many bytes for few records: a combiner would help.",
    unit: "Bps",
    queries: [{ expr: `sum(${ofRelease.perSecond("flotilla_shuffle_bytes_total")})`, legend: "shuffled" }],
  }),
];

const workers = [
  lines({
    title: "Slots",
    description: "Tasks that run at once, of all workers: at most, and now. All taken while tasks wait: more workers would be faster.",
    unit: "none",
    queries: [{ expr: `sum by (state) (${ofRelease.series("flotilla_worker_slots")})`, legend: "{{state}}" }],
  }),
  lines({
    title: "Memory of a worker and its tasks",
    description: "As a share of what its container may use. Beyond it the system ends one of the processes.",
    unit: "percentunit",
    queries: [
      {
        expr: `max by (pod) ((${ofRelease.series("process_resident_memory_bytes", 'component="worker"')} + ${ofRelease.series("flotilla_worker_task_memory_bytes")}) / ${ofRelease.series("flotilla_memory_limit_bytes", 'component="worker"')})`,
        legend: "{{pod}}",
      },
    ],
  }),
  lines({
    title: "Disk for map outputs, free",
    description: "Of each worker. Outputs stay until their job has ended; a full disk makes attempts fail and other workers take them.",
    unit: "bytes",
    queries: [{ expr: `min by (pod) (${ofRelease.series("flotilla_worker_disk_bytes", 'state="free"')})`, legend: "{{pod}}" }],
  }),
  lines({
    title: "Processor time of tasks",
    description: "Of tasks that count, by phase, as they become done: processors that worked for jobs.",
    unit: "percentunit",
    queries: [{ expr: `sum by (phase) (${ofRelease.perSecond("flotilla_task_cpu_seconds_total")})`, legend: "{{phase}}" }],
  }),
];

const coordinators = [
  states({
    title: "Which coordinator has the jobs",
    description: "One band for each. When the one that leads dies another goes on within seconds, and running tasks go on meanwhile.",
    unit: "none",
    queries: [{ expr: `max by (pod) (${LEADS})`, legend: "{{pod}}" }],
    states: { "0": { text: "waits", color: "dark-blue" }, "1": { text: "leads", color: "green" } },
  }),
  lines({
    title: "Elections of coordinators",
    description:
      "In the time that is shown. A rolling update takes one or two; many without one: the store is slow, or a process stands still.",
    unit: "none",
    queries: [{ expr: `sum(${ofRelease.inRange("flotilla_coordinator_elections_total")})`, legend: "elections" }],
  }),
  lines({
    title: "How long a take-over of a job takes",
    description: "Until a job was read from the store and goes on, also of one that is new. Grows with the number of tasks.",
    unit: "s",
    noValue: "no take-over",
    queries: [{ expr: ofRelease.quantile(0.99, "flotilla_job_takeover_duration_seconds"), legend: "p99" }],
  }),
  lines({
    title: "Requests to coordinators",
    description: "By route. Each worker asks for orders all the time; an idle one every five seconds.",
    unit: "reqps",
    noValue: "none yet",
    queries: [
      {
        expr: `sum by (route) (${ofRelease.perSecond("flotilla_http_requests_total", 'service="coordinator",route=~"/v1/.*"')})`,
        legend: "{{route}}",
      },
    ],
  }),
];

export const jobs = dashboard({
  name: "jobs",
  title: "Jobs",
  description: "Is a job running and how far, what is slow, what fails and why, and who works for it.",
  rows: [
    { title: "Now", panels: now },
    { title: "How far", panels: progress },
    { title: "What is slow", panels: slow },
    { title: "What fails", panels: failures },
    { title: "Data", panels: data },
    { title: "Workers", panels: workers },
    { title: "Coordinators", panels: coordinators },
  ],
  marks: [
    {
      name: "Coordinator changes",
      color: "purple",
      expr: `(${LEADS} == 1) unless on (namespace, pod) ((${LEADS} offset 1m) == 1)`,
      title: "{{pod}} has the jobs",
    },
    {
      name: "Jobs that ended",
      color: "blue",
      expr: `sum by (state) (increase(${ofRelease.series("flotilla_jobs_ended_total")}[30s])) > 0`,
      title: "a job has {{state}}",
    },
  ],
});
