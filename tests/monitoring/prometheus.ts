// A Prometheus of its own for a test, as Debian packages it: told what to scrape, asked questions, and ended.
import type { ChildProcess } from "node:child_process";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const LOOPBACK = "127.0.0.1";
const READY_MS = 20_000;
const LOOK_MS = 100;

export type ScrapeTarget = { readonly address: string; readonly labels: Readonly<Record<string, string>> };

export type PrometheusOptions = {
  readonly directory: string;
  readonly port: number;
  readonly targets: readonly ScrapeTarget[];
  readonly ruleFiles: readonly string[];
};

export type Series = { readonly labels: Readonly<Record<string, string>>; readonly values: readonly number[] };

/** Prometheus did not understand the question. */
export class NotUnderstood extends Error {
  override readonly name = "NotUnderstood";
}

/** Null: both programs are there. */
export function whatIsMissing(): string | null {
  const missing = ["prometheus", "promtool"].filter((program) => spawnSync(program, ["--version"]).error !== undefined);
  if (missing.length === 0) return null;
  return `${missing.join(" and ")} can't be found. On Debian or Ubuntu: sudo apt-get update && sudo apt-get install --no-install-recommends prometheus`;
}

export class Prometheus {
  readonly #options: PrometheusOptions;
  #process: ChildProcess | null = null;

  constructor(options: PrometheusOptions) {
    this.#options = options;
  }

  get #origin(): string {
    return `http://${LOOPBACK}:${this.#options.port}`;
  }

  get #log(): string {
    return join(this.#options.directory, "prometheus.log");
  }

  async start(): Promise<void> {
    const { directory, port } = this.#options;
    mkdirSync(directory, { recursive: true });
    const config = join(directory, "prometheus.json");
    // JSON is YAML.
    writeFileSync(config, JSON.stringify(this.#config()));
    const args = [`--config.file=${config}`, `--storage.tsdb.path=${join(directory, "data")}`, `--web.listen-address=${LOOPBACK}:${port}`];
    const log = openSync(this.#log, "w");
    this.#process = spawn("prometheus", args, { stdio: ["ignore", log, log] });
    const untilMs = performance.now() + READY_MS;
    while (!(await this.#isReady())) {
      if (performance.now() > untilMs || this.#process.exitCode !== null)
        throw new Error(`Prometheus is not ready: ${readFileSync(this.#log, "utf8").slice(-2_000)}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** What an expression was in the last so many seconds, second by second; what is no number is left out. */
  async ask(expr: string, seconds: number): Promise<readonly Series[]> {
    const found = await this.#range(expr, seconds);
    return found.map(({ labels, values }) => ({ labels, values: values.filter((value) => Number.isFinite(value)) }));
  }

  /** What it is at this moment, of each series; NaN is among it. */
  async now(expr: string): Promise<readonly number[]> {
    return (await this.#range(expr, 0)).flatMap(({ values }) => values);
  }

  async metricNames(): Promise<ReadonlySet<string>> {
    const response = await fetch(`${this.#origin}/api/v1/label/__name__/values`);
    const { data } = (await response.json()) as { data: readonly string[] };
    return new Set(data);
  }

  /** Its alerts, by what they ask, without how long they wait before they fire. */
  async alerts(): Promise<readonly { readonly name: string; readonly expr: string }[]> {
    return (await this.#rules()).flatMap(({ name, type, query }) => (type === "alerting" ? [{ name, expr: query }] : []));
  }

  /** What its rules say about themselves: an alert or a record whose evaluation failed says why. */
  async ruleProblems(): Promise<readonly string[]> {
    return (await this.#rules()).flatMap(({ name, lastError = "" }) => (lastError === "" ? [] : [`${name}: ${lastError}`]));
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  #config(): unknown {
    const { targets, ruleFiles } = this.#options;
    return {
      global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
      rule_files: ruleFiles,
      scrape_configs: [
        {
          job_name: "flotilla",
          honor_labels: true,
          static_configs: targets.map(({ address, labels }) => ({ targets: [address], labels })),
        },
      ],
    };
  }

  async #range(expr: string, seconds: number): Promise<readonly Series[]> {
    const now = Date.now() / 1_000;
    const query = new URLSearchParams({ query: expr, start: String(now - seconds), end: String(now), step: "1" });
    const response = await fetch(`${this.#origin}/api/v1/query_range?${query.toString()}`);
    const answer = (await response.json()) as RangeAnswer;
    if (answer.status !== "success") throw new NotUnderstood(answer.error ?? "no reason given");
    return (answer.data?.result ?? []).map(({ metric, values }) => ({
      labels: metric,
      values: values.map(([, value]) => Number(value)),
    }));
  }

  async #rules(): Promise<readonly RuleAnswer[]> {
    const response = await fetch(`${this.#origin}/api/v1/rules`);
    const { data } = (await response.json()) as { data: { groups: readonly { rules: readonly RuleAnswer[] }[] } };
    return data.groups.flatMap((group) => group.rules);
  }

  async #isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.#origin}/-/ready`)).ok;
    } catch {
      return false;
    }
  }
}

type RangeAnswer = {
  readonly status: string;
  readonly error?: string;
  readonly data?: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [number, string])[];
    }[];
  };
};
type RuleAnswer = { readonly name: string; readonly type: "alerting" | "recording"; readonly query: string; readonly lastError?: string };
