// The processes themselves: event loop, memory, garbage collection, descriptors.
import { dashboard } from "./dashboard.ts";
import { bounds, lines, stat } from "./panels.ts";
import { inRange, perSecond, quantile, series } from "./selectors.ts";

const eventLoop = [
  lines({
    title: "How late ticks come",
    description:
      "99 of 100 ticks of the service came at most this late: the measure of an event loop that is too busy. Above 100 ms elections come near; above 250 ms there is an alert.",
    unit: "s",
    queries: [{ expr: quantile(0.99, "flotilla_tick_delay_seconds", { by: "pod" }), legend: "{{pod}} p99" }],
    thresholds: bounds({ orange: 0.1, red: 0.25 }),
  }),
  lines({
    title: "How long a turn takes",
    description: "A turn steps all events that have arrived, and carries out their effects. No slice of work should take longer than 5 ms.",
    unit: "s",
    queries: [
      { expr: quantile(0.5, "flotilla_turn_duration_seconds", { by: "pod" }), legend: "{{pod}} p50" },
      { expr: quantile(0.99, "flotilla_turn_duration_seconds", { by: "pod" }), legend: "{{pod}} p99" },
    ],
  }),
  lines({
    title: "Delay of the event loop",
    description:
      "As Node measures it, for everything that runs on it: from one look at the loop to the next. An idle process shows 100 ms, the pause between two looks.",
    unit: "s",
    queries: [{ expr: `max by (pod) (${series("nodejs_eventloop_lag_p99_seconds")})`, legend: "{{pod}} p99" }],
  }),
  lines({
    title: "Events",
    description: "What the service was told: ticks, messages, requests, writes that became durable.",
    unit: "cps",
    queries: [{ expr: `max by (pod) (${perSecond("flotilla_events_total")})`, legend: "{{pod}}" }],
  }),
  lines({
    title: "Ticks forgiven",
    description: "Ticks that never came because the process stood still: paused, or starved of a processor. In the time that is shown.",
    unit: "none",
    queries: [{ expr: `max by (pod) (${inRange("flotilla_ticks_forgiven_total")})`, legend: "{{pod}}" }],
  }),
  lines({
    title: "Processor",
    description: "Processors in use, user and system. The event loop itself can't use more than one.",
    unit: "percentunit",
    queries: [
      { expr: `max by (pod) (${perSecond("process_cpu_user_seconds_total")})`, legend: "{{pod}} user" },
      { expr: `max by (pod) (${perSecond("process_cpu_system_seconds_total")})`, legend: "{{pod}} system" },
    ],
  }),
];

const memory = [
  lines({
    title: "Resident memory",
    description: "What counts against the container's limit.",
    unit: "bytes",
    queries: [{ expr: `max by (pod) (${series("process_resident_memory_bytes")})`, legend: "{{pod}}" }],
  }),
  lines({
    title: "Share of the limit",
    description: "Resident memory, as a share of what the container, or without a limit the machine, may use. Above 0.9 there is an alert.",
    unit: "percentunit",
    queries: [
      {
        expr: `max by (pod) (${series("process_resident_memory_bytes")} / ${series("flotilla_memory_limit_bytes")})`,
        legend: "{{pod}}",
      },
    ],
    thresholds: bounds({ orange: 0.8, red: 0.9 }),
  }),
  lines({
    title: "Heap",
    description: "Of V8: in use, and taken from the system.",
    unit: "bytes",
    queries: [
      { expr: `max by (pod) (${series("nodejs_heap_size_used_bytes")})`, legend: "{{pod}} used" },
      { expr: `max by (pod) (${series("nodejs_heap_size_total_bytes")})`, legend: "{{pod}} total" },
    ],
  }),
  lines({
    title: "Outside the heap",
    description: "Buffers: large values live here.",
    unit: "bytes",
    queries: [{ expr: `max by (pod) (${series("nodejs_external_memory_bytes")})`, legend: "{{pod}}" }],
  }),
  lines({
    title: "Garbage collection",
    description: "The share of time that it takes, by kind. Much of `major`: memory is scarce.",
    unit: "percentunit",
    queries: [{ expr: `max by (pod, kind) (${perSecond("nodejs_gc_duration_seconds_sum")})`, legend: "{{pod}} {{kind}}" }],
  }),
];

const processes = [
  lines({
    title: "Open descriptors",
    description: "Files and sockets, as a share of what the process may have. Above 0.8 there is an alert.",
    unit: "percentunit",
    queries: [{ expr: `max by (pod) (${series("process_open_fds")} / ${series("process_max_fds")})`, legend: "{{pod}}" }],
    thresholds: bounds({ red: 0.8 }),
  }),
  lines({
    title: "Handles",
    description: "What keeps the process busy, by kind: sockets, timers, servers.",
    unit: "short",
    queries: [{ expr: `max by (pod) (${series("nodejs_active_handles_total")})`, legend: "{{pod}}" }],
  }),
  lines({
    title: "Up for",
    description: "Falls to nothing whenever a process starts anew.",
    unit: "s",
    queries: [{ expr: `max by (pod) (time() - ${series("process_start_time_seconds")})`, legend: "{{pod}}" }],
  }),
  stat({
    title: "Versions",
    description: "How many processes run which version. More than one for long: an upgrade has stopped halfway.",
    unit: "none",
    queries: [{ expr: `count by (version) (${series("flotilla_build_info")})`, legend: "{{version}}" }],
  }),
  stat({
    title: "Node",
    description: "How many processes run on which Node.",
    unit: "none",
    queries: [{ expr: `count by (node) (${series("flotilla_build_info")})`, legend: "{{node}}" }],
  }),
];

export const nodeRuntime = dashboard({
  name: "node-runtime",
  title: "Node runtime",
  description: "The processes themselves: event loop, memory, garbage collection, descriptors.",
  rows: [
    { title: "Event loop and processor", panels: eventLoop },
    { title: "Memory", panels: memory },
    { title: "Processes", panels: processes },
  ],
});
