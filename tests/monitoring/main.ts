// `make dashboards-test`: a real cluster on this machine, of which no alert says anything while it is idle, and each panel shows numbers or
// says that there are none yet; then the same under load, with a shard that moves, leaders that die, jobs and a run of chaos; a real
// Prometheus that scrapes it with the labels that the chart gives; and every query of every dashboard, which must be understood, name
// only metrics that exist, and return data. Ends with 1 if one does not.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { PORTS_SPAN } from "../../client/cli/local/local-plan.ts";
import { DASHBOARDS } from "../../k8s/monitoring/dashboards/all.ts";
import { freePortRange } from "../integration/free-ports.ts";
import { eventually, sleep } from "../integration/test-case.ts";
import { Authority } from "../runtime/peers/tls/authority.ts";
import { CertificateFolder } from "../runtime/peers/tls/certificate-folder.ts";
import { alertsOnIdleCluster } from "./idle-cluster.ts";
import { dashboardsOnIdleCluster } from "./idle-dashboards.ts";
import { NotUnderstood, Prometheus, whatIsMissing } from "./prometheus.ts";
import type { DashboardJson } from "./queries.ts";
import { metricsIn, questionsOf, withChosen } from "./queries.ts";

type Process = {
  readonly name: string;
  readonly service: string;
  readonly group: string;
  readonly pid: number | null;
  readonly http: string;
  readonly redis?: string;
};

const ROOT = join(import.meta.dirname, "../..");
const COMMAND = join(ROOT, "client/cli/flotilla.ts");
const RULES = join(ROOT, "charts/flotilla/files/rules");
const LOAD_SECONDS = 18;
const CHAOS_SECONDS = 8;
const JOB_FILES = 4;
const LOOK_BACK_SECONDS_MIN = 90;
/** Less than the cluster has been idle. */
const IDLE_RANGE = "30s";
const CHOSEN = { namespace: "local", release: "flotilla", rateInterval: "10s" };
/** Made by Prometheus itself, and only while there is reason to. */
const MADE_BY_PROMETHEUS = new Set(["ALERTS"]);
const run = promisify(execFile);

const missing = whatIsMissing();
if (missing !== null) {
  console.error(`The dashboards' queries need a Prometheus: ${missing}`);
  process.exit(1);
}
mkdirSync(join(ROOT, ".tmp"), { recursive: true });
const directory = mkdtempSync(join(ROOT, ".tmp/dashboards-"));
const data = join(directory, "cluster");
/** Members show them to each other, so that panels about them have something to show. */
const certificates = CertificateFolder.by(new Authority("dashboards"));
const failed = await testDashboards();
certificates.remove();
rmSync(directory, { recursive: true, force: true });
process.exit(failed === 0 ? 0 : 1);

async function testDashboards(): Promise<number> {
  const port = await freePortRange(PORTS_SPAN);
  let prometheus: Prometheus | null = null;
  try {
    await flotilla("up", "--port", String(port), "--detach");
    const chaosPort = await freePortRange(1);
    const targets = [
      ...processes().map((each) => ({ address: new URL(each.http).host, labels: labelsOf(each) })),
      {
        address: `127.0.0.1:${chaosPort}`,
        labels: { namespace: CHOSEN.namespace, release: CHOSEN.release, component: "chaos", pod: "chaos" },
      },
    ];
    const ruleFiles = readdirSync(RULES).map((file) => join(RULES, file));
    prometheus = new Prometheus({ directory: join(directory, "prometheus"), port: await freePortRange(1), targets, ruleFiles });
    const startedMs = performance.now();
    await prometheus.start();
    const idle = await askIdle(prometheus);
    await underLoad(chaosPort);
    // So that what happened is still in it, however slow the machine is.
    const lookBackSeconds = Math.max(LOOK_BACK_SECONDS_MIN, Math.ceil((performance.now() - startedMs) / 1_000));
    return idle + (await askAll(prometheus, lookBackSeconds));
  } finally {
    await prometheus?.stop();
    await flotilla("down");
  }
}

async function askIdle(prometheus: Prometheus): Promise<number> {
  const alerts = await alertsOnIdleCluster(prometheus);
  for (const alert of alerts) complain(alert);
  if (alerts.length === 0) console.log("✓ no alert has anything to say of an idle cluster");
  const panels = await dashboardsOnIdleCluster(prometheus, dashboards(), { ...CHOSEN, range: IDLE_RANGE });
  for (const panel of panels) complain(panel);
  if (panels.length === 0) console.log("✓ every panel has something to show of an idle cluster, or says that there is nothing yet");
  return alerts.length + panels.length;
}

/** As Grafana reads them. */
function dashboards(): readonly DashboardJson[] {
  return Object.values(DASHBOARDS).map((dashboard) => JSON.parse(JSON.stringify(dashboard)) as DashboardJson);
}

/** As the chart's monitor gives them; a test of the chart holds it to these. */
function labelsOf({ name, service, group }: Process): Readonly<Record<string, string>> {
  const component = service === "shard-controller" ? "controller" : service;
  const common = { namespace: CHOSEN.namespace, release: CHOSEN.release, pod: name, container: component, component };
  return component === "replica" || component === "controller" ? { ...common, group } : common;
}

async function underLoad(chaosPort: number): Promise<void> {
  const load = spawn(process.execPath, [COMMAND, "bench", "--data", data, "--duration", `${LOAD_SECONDS}s`, "--clients", "8"], {
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => load.once("exit", resolve));
  await sleep(3_000);
  const { http } = processes().find(({ service }) => service === "replica") as Process;
  const { shards } = (await (await fetch(`${http}/v1/shard-map`)).json()) as { shards: readonly string[] };
  await flotilla("shards", "move", String(shards.indexOf("1")), "2");
  // What clients ask wrongly is on a panel of its own.
  for (let i = 0; i < 20; i++) await (await fetch(`${http}/v1/kv/not-there-${i}`)).arrayBuffer();
  for (const each of processes()) if (each.redis !== undefined) await speakRedis(each.redis);
  await runJobs();
  const leader = await eventually("group 1 has a leader", () => leaderOf("1"), { deadlineMs: 10_000, everyMs: 200 });
  process.kill(leader.pid as number, "SIGKILL");
  await ended;
  // Its verdict is a matter of other tests: here it only has to say what it does.
  const faults = ["--duration", `${CHAOS_SECONDS}s`, "--faults", "kill", "--roles", "leader", "--metrics", String(chaosPort)];
  await flotilla("chaos", "run", ...faults).catch(() => undefined);
}

/** One that succeeds, with enough tasks to be measured while they run, and one that can't. */
async function runJobs(): Promise<void> {
  const text = "the quick brown fox jumps over the lazy dog\n".repeat(2_000);
  const books = join(directory, "books");
  mkdirSync(books, { recursive: true });
  for (let i = 0; i < JOB_FILES; i++) {
    writeFileSync(join(books, `${i}.txt`), text);
    await flotilla("files", "put", join(books, `${i}.txt`), `books/${i}.txt`);
  }
  await flotilla("job", "run", "word-count", "files:books", "--to", "files:counts", "--split-bytes", "32768", "--reduces", "4");
  const failed = await flotilla("job", "run", "word-count", "files:not-there", "--to", "files:nothing").then(
    () => false,
    () => true,
  );
  if (!failed) throw new Error("a job without input has not failed");
}

/** A client without a map: some of what it asks for is elsewhere, and it is told so. */
async function speakRedis(address: string): Promise<void> {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  for (let i = 0; i < 20; i++) {
    socket.write(`SET redis-${i} value\r\n`);
    await once(socket, "data", { signal: AbortSignal.timeout(10_000) });
    await sleep(20);
  }
  socket.destroy();
}

async function leaderOf(group: string): Promise<Process | null> {
  for (const each of processes().filter((one) => one.group === group)) {
    const status = await fetch(`${each.http}/v1/status`).then(
      (response) => response.json() as Promise<{ role?: string }>,
      () => null,
    );
    if (status?.role === "leader") return each;
  }
  return null;
}

async function askAll(prometheus: Prometheus, lookBackSeconds: number): Promise<number> {
  const known = await prometheus.metricNames();
  let complaints = 0;
  for (const dashboard of dashboards()) {
    const questions = questionsOf(dashboard);
    const before = complaints;
    for (const { where, expr } of questions) {
      const problem = await problemOf(prometheus, { known, expr, lookBackSeconds });
      if (problem === null) continue;
      complaints += 1;
      complain(`${where}: ${problem}\n    ${expr}`);
    }
    if (complaints === before) console.log(`✓ ${dashboard.title}: ${questions.length} queries understood, with data`);
  }
  const problems = await prometheus.ruleProblems();
  for (const problem of problems) complain(`rule ${problem}`);
  return complaints + problems.length;
}

function complain(text: string): void {
  console.log(`✗ ${text}`);
}

type Asked = { readonly known: ReadonlySet<string>; readonly expr: string; readonly lookBackSeconds: number };

async function problemOf(prometheus: Prometheus, { known, expr, lookBackSeconds }: Asked): Promise<string | null> {
  const unknown = metricsIn(expr).filter((metric) => !known.has(metric) && !MADE_BY_PROMETHEUS.has(metric));
  if (unknown.length > 0) return `no such metric: ${unknown.join(", ")}`;
  try {
    const series = await prometheus.ask(withChosen(expr, { ...CHOSEN, range: `${lookBackSeconds}s` }), lookBackSeconds);
    return series.some(({ values }) => values.length > 0) ? null : "no data";
  } catch (error) {
    if (error instanceof NotUnderstood) return `not understood: ${error.message}`;
    throw error;
  }
}

function processes(): readonly Process[] {
  return (JSON.parse(readFileSync(join(data, "cluster.json"), "utf8")) as { processes: readonly Process[] }).processes;
}

async function flotilla(...args: readonly string[]): Promise<string> {
  const env = { ...process.env, FLOTILLA_PEER_TLS_DIR: certificates.path };
  return (await run(process.execPath, [COMMAND, ...args, "--data", data], { timeout: 150_000, env })).stdout;
}
