// Metrics in Prometheus' text format. The only module that knows prom-client, so that another library can take its place. Each
// part of the program declares its own metrics beside its code; those that are counted in a hot path are read when asked for.
import type { Metric } from "prom-client";
import { Counter as PromCounter, Gauge as PromGauge, Registry, collectDefaultMetrics } from "prom-client";
import { Histogram as Buckets } from "./histogram.ts";
import { memoryHere } from "./memory-limit.ts";

export type Labels<Name extends string> = Readonly<Record<Name, string | number>>;

type Declaration<Name extends string> = {
  readonly name: `flotilla_${string}`;
  readonly help: string;
  readonly labels?: readonly Name[];
};

export type Counter<Name extends string> = {
  readonly add: (labels: Labels<Name>, count?: number) => void;
  /** For hot paths: counts one each time, in a series that is looked up now. */
  readonly series: (labels: Labels<Name>) => () => void;
};

export type Histogram<Name extends string> = {
  readonly observe: (labels: Labels<Name>, value: number) => void;
  /** For hot paths: takes the values of a series that is looked up now. */
  readonly series: (labels: Labels<Name>) => (value: number) => void;
};

export type Preset<Value extends string> = {
  readonly name: `flotilla_${string}`;
  readonly help: string;
  readonly label: string;
  readonly values: readonly Value[];
};

export type Reading<Name extends string> = { readonly labels: Labels<Name>; readonly value: number };

/** Why something failed that should not have. Rare, and each worth an alert; all are there from the start, with 0. */
export const FAILURE_CAUSES = [
  "bug",
  "disk",
  "diskFull",
  "divergence",
  "peerRefused",
  "removed",
  "shutdownTooSlow",
  "snapshotDamaged",
  "snapshotNotTaken",
  "versionUnknown",
  "wiped",
] as const;

export type FailureCause = (typeof FAILURE_CAUSES)[number];

export type MetricsOptions = {
  readonly service: string;
  readonly version: string;
};

/** Each look wakes the process up, also one that has nothing to do. Shorter delays show in how late ticks come. */
const EVENT_LOOP_RESOLUTION_MS = 100;

export class Metrics {
  readonly #registry = new Registry();
  readonly #failed: (cause: FailureCause) => void;

  constructor({ service, version }: MetricsOptions) {
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: EVENT_LOOP_RESOLUTION_MS });
    const build = { name: "flotilla_build_info", help: "1, with what is running as labels" } as const;
    this.read("gauge", { ...build, labels: ["service", "version", "node"] }, () => [
      { labels: { service, version, node: process.version }, value: 1 },
    ]);
    this.read(
      "gauge",
      { name: "flotilla_memory_limit_bytes", help: "What this process may use: its container's, or the machine's" },
      () => [{ labels: {}, value: memoryHere() }],
    );
    const help = "Failures that should not happen, by cause";
    this.#failed = this.preset({ name: "flotilla_failures_total", help, label: "cause", values: FAILURE_CAUSES });
  }

  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  failed(cause: FailureCause): void {
    this.#failed(cause);
  }

  counter<Name extends string>(declaration: Declaration<Name>): Counter<Name> {
    const uncounted: (() => void)[] = [];
    const collect = (): void => {
      for (const count of uncounted) count();
    };
    const counter = new PromCounter<Name>({ ...this.#prom(declaration), collect });
    return {
      add: (labels, count = 1) => {
        counter.inc(labels, count);
      },
      series: (labels) => {
        let count = 0;
        uncounted.push(() => {
          counter.inc(labels, count);
          count = 0;
        });
        return () => {
          count++;
        };
      },
    };
  }

  /** A counter of one label, all of whose values are there from the start, with 0. */
  preset<Value extends string>({ name, help, label, values }: Preset<Value>): (value: Value) => void {
    const counter = this.counter({ name, help, labels: [label] });
    const counts = Object.fromEntries(values.map((value) => [value, counter.series({ [label]: value })])) as Record<Value, () => void>;
    return (value) => {
      counts[value]();
    };
  }

  /** Values in seconds or bytes; `buckets` are their upper ends. */
  histogram<Name extends string = never>(declaration: Declaration<Name> & { readonly buckets: readonly number[] }): Histogram<Name> {
    const { name, help, labels: labelNames = [], buckets } = declaration;
    const histogram = new Buckets({ name, help, labelNames, buckets });
    this.#registry.registerMetric(histogram as unknown as Metric);
    return {
      observe: (labels, value) => {
        histogram.series(labels)(value);
      },
      series: (labels) => histogram.series(labels),
    };
  }

  /** A metric whose values are kept elsewhere and read each time that the metrics are. */
  read<Name extends string>(type: "counter" | "gauge", declaration: Declaration<Name>, values: () => Iterable<Reading<Name>>): void {
    if (type === "gauge") {
      const gauge: PromGauge<Name> = new PromGauge<Name>({
        ...this.#prom(declaration),
        collect: () => {
          gauge.reset();
          for (const { labels, value } of values()) gauge.set(labels, value);
        },
      });
      return;
    }
    const counter: PromCounter<Name> = new PromCounter<Name>({
      ...this.#prom(declaration),
      collect: () => {
        counter.reset();
        for (const { labels, value } of values()) counter.inc(labels, value);
      },
    });
  }

  #prom<Name extends string>({ name, help, labels = [] }: Declaration<Name>): PromDeclaration<Name> {
    return { name, help, labelNames: [...labels], registers: [this.#registry] };
  }
}

type PromDeclaration<Name extends string> = {
  readonly name: string;
  readonly help: string;
  readonly labelNames: Name[];
  readonly registers: Registry[];
};

/** From a tenth of a millisecond to ten seconds. */
export const DURATION_BUCKETS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
