// What can be said about dashboards without a Prometheus: `make dashboards-test` asks one.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DASHBOARDS, fileOf } from "../../k8s/monitoring/dashboards/all.ts";
import { thisRepository } from "../tidy/rules/source-tree.ts";
import type { DashboardJson } from "./queries.ts";
import { metricsIn, panelQuestionsOf, panelsOf, questionsOf } from "./queries.ts";

const IN_CHART = join(__dirname, "../../charts/flotilla/files/dashboards");
const ALERTS = readFileSync(join(__dirname, "../../charts/flotilla/files/rules/alerts.yaml"), "utf8");
const names = Object.keys(DASHBOARDS);
const read = (name: string): string => readFileSync(join(IN_CHART, `${name}.json`), "utf8");
const parsed = (name: string): DashboardJson => JSON.parse(read(name)) as DashboardJson;

test("the chart holds these dashboards and no others", () => {
  expect(readdirSync(IN_CHART).sort()).toEqual(names.map((name) => `${name}.json`).sort());
});

test.each(names)("%s in the chart is what the source says now: make dashboards", (name) => {
  expect(read(name)).toBe(fileOf(DASHBOARDS[name] as never));
});

test.each(names)("every panel of %s has a unit, a title of its own, and says how to read it", (name) => {
  const panels = panelsOf(parsed(name));
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  for (const { title, description, fieldConfig } of panels) {
    expect({ title, unit: fieldConfig?.defaults?.unit }).toEqual({ title, unit: expect.stringMatching(/./) as string });
    expect({ title, description }).toEqual({ title, description: expect.stringMatching(/^.{15,}\.$/) as string });
  }
});

test.each(names)("every query of %s is about the chosen release, in a data source that can be chosen", (name) => {
  for (const { where, expr } of questionsOf(parsed(name)).filter(({ where }) => !where.includes("variable ")))
    expect({ where, chosen: expr.match(/namespace="\$namespace",release="\$release"/g)?.length }).toEqual({
      where,
      chosen: expr.match(/\w\{/g)?.length,
    });
  expect(
    read(name)
      .match(/"uid": "(?!flotilla-)[^"]*"/g)
      ?.every((uid) => uid === '"uid": "${datasource}"'),
  ).toBe(true);
});

/** What an alert watches, and where it is drawn: a reader sees how far it is from firing. */
test.each([
  { alert: "FlotillaRequestsFail", dashboard: "overview", panel: "Requests that failed" },
  { alert: "FlotillaRequestsSlow", dashboard: "overview", panel: "Slowest hundredth" },
  { alert: "FlotillaRequestsSlow", dashboard: "store", panel: "How long requests on keys take" },
  { alert: "FlotillaFollowerLags", dashboard: "raft", panel: "What followers lack" },
  { alert: "FlotillaApplyLags", dashboard: "raft", panel: "Committed, not yet applied" },
  { alert: "FlotillaMessagesLost", dashboard: "raft", panel: "Messages that did not arrive" },
  { alert: "FlotillaDiskSlow", dashboard: "raft", panel: "How long a write to the log takes" },
  { alert: "FlotillaEventLoopSlow", dashboard: "node-runtime", panel: "How late ticks come" },
  { alert: "FlotillaMemoryNearLimit", dashboard: "node-runtime", panel: "Share of the limit" },
  { alert: "FlotillaDescriptorsShort", dashboard: "node-runtime", panel: "Open descriptors" },
  { alert: "FlotillaJobStalled", dashboard: "jobs", panel: "No further since" },
])("$panel is red from where $alert fires", ({ alert, dashboard, panel }) => {
  const [, rule = ""] = ALERTS.split(`- alert: ${alert}\n`);
  const [, bound] = /^[^]*?> ([\d.]+)(?:\n|$)/.exec(rule.split("        labels:")[0] ?? "") ?? [];
  const { thresholds } = panelsOf(parsed(dashboard)).find(({ title }) => title === panel)?.fieldConfig?.defaults ?? {};
  expect(thresholds?.steps.at(-1)).toEqual({ value: Number(bound), color: "red" });
});

test("leader changes, faults, deploys and starts are marked on every dashboard", () => {
  const marks = ["Leader changes", "Faults", "Deploys", "Starts"];
  for (const name of names) expect(parsed(name).annotations.list.map((mark) => mark.name)).toEqual(expect.arrayContaining(marks));
});

test.each(names)("what %s shows as of the time that is shown counts that time alone", (name) => {
  const panels = panelsOf(parsed(name)).filter(({ description = "" }) => /in the time that is shown/i.test(description));
  for (const { title, targets = [] } of panels)
    for (const { expr = "" } of targets) expect({ title, expr }).toEqual({ title, expr: expect.stringContaining("[$__range]") as string });
});

/**
 * Before the first request on a route, or the first fault, there is no series of these; a log may see no write, a coordinator no job, and
 * members may have no certificate.
 */
const LATE =
  /flotilla_(?:http_request(?:s_total|_duration)|redis_command|task_duration|peer_messages|peer_certificate|raft_peer_lag|chaos_)|histogram_quantile\(.*flotilla_(?:wal|job)_/;

test.each(names)("a panel of %s that may have nothing to show though all is well says so in its own words, or shows 0", (name) => {
  const late = panelQuestionsOf(parsed(name)).filter(({ expr }) => LATE.test(expr) && !/ or .*\bvector\(0\)/.test(expr));
  for (const { where, noValue } of late) expect({ where, noValue }).toEqual({ where, noValue: expect.stringMatching(/^no/) as string });
});

test.each(names)("what %s tells of a run of chaos is there whichever group is chosen", (name) => {
  const ofRuns = questionsOf(parsed(name)).filter(({ expr }) => expr.includes("flotilla_chaos_"));
  for (const { where, expr } of ofRuns) expect({ where, expr }).toEqual({ where, expr: expect.not.stringContaining("$group") as string });
});

test.each(names)("no quantile of %s is NaN where nothing was measured", (name) => {
  const quantiles = questionsOf(parsed(name)).filter(({ expr }) => /histogram_quantile\(.*\brate\(/.test(expr));
  for (const { where, expr } of quantiles) expect({ where, expr }).toEqual({ where, expr: expect.stringMatching(/\) >= 0$/) as string });
});

test("no dashboard asks for what only somebody else's exporter would measure", () => {
  const asked = names.flatMap((name) => questionsOf(parsed(name)).flatMap(({ expr }) => metricsIn(expr)));
  expect(asked.filter((metric) => !/^(?:flotilla_|nodejs_|process_|up$|ALERTS$)/.test(metric))).toEqual([]);
});

const declared = new Set(
  thisRepository()
    .filter(({ path }) => /^(?:runtime|services|client\/cli\/chaos)\/.*\.ts$/.test(path))
    .flatMap(({ text }) => [...text.matchAll(/"(flotilla_\w+)"/g)].map(([, metric]) => metric as string)),
);

test("docs/metrics.md has every metric that is declared, and no other", () => {
  const document = readFileSync(join(__dirname, "../../docs/metrics.md"), "utf8");
  expect([...document.matchAll(/^\| `(flotilla_\w+)`/gm)].map(([, metric]) => metric).sort()).toEqual([...declared].sort());
});

test("every metric of ours is declared somewhere", () => {
  const asked = names.flatMap((name) => questionsOf(parsed(name)).flatMap(({ expr }) => metricsIn(expr)));
  const ours = [...new Set(asked)].filter((metric) => metric.startsWith("flotilla_"));
  expect(ours.filter((metric) => !declared.has(metric) && !declared.has(metric.replace(/_(?:bucket|sum|count)$/, "")))).toEqual([]);
});
