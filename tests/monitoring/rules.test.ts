// What can be said about rules without promtool: `make rules-test` lets each fire and not fire.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FAULT_NAMES } from "../../client/cli/chaos/faults.ts";
import { CLIENT_ROUTES, TIMED_ROUTES } from "../../k8s/monitoring/dashboards/selectors.ts";
import { ROUTES } from "../../runtime/http/route-table.ts";

const ROOT = join(__dirname, "../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const RULES = ["alerts", "recording"].map((name) => read(`charts/flotilla/files/rules/${name}.yaml`)).join("\n");
const ALERTS = RULES.split(/^ {6}- alert: /m)
  .slice(1)
  .map((text) => ({ name: /^\w+/.exec(text)?.[0] ?? "", text }));
const RUNBOOKS = readdirSync(join(ROOT, "docs/runbooks")).filter((file) => file !== "README.md");
const TESTS = readdirSync(join(ROOT, "tests/monitoring/rules"))
  .map((file) => read(`tests/monitoring/rules/${file}`))
  .join("\n");

test("there are alerts", () => {
  expect(ALERTS.length).toBeGreaterThan(20);
});

test("every alert has a runbook of its name, and every runbook an alert", () => {
  expect(RUNBOOKS.sort()).toEqual(ALERTS.map(({ name }) => `${name}.md`).sort());
  for (const { name } of ALERTS) expect(read("docs/runbooks/README.md")).toContain(`(${name}.md)`);
});

test.each(ALERTS)("$name says how bad it is, what is wrong, and where to read on", ({ name, text }) => {
  expect(text).toMatch(/severity: (?:warning|critical)\n/);
  expect(text).toMatch(/summary: \S.+\.\n/);
  expect(text).toMatch(/description: ".+\."\n/);
  expect(text).toContain(`runbook_url: docs/runbooks/${name}.md`);
});

test.each(ALERTS)("$name has a test in which it fires, and one in which it does not", ({ name }) => {
  const outcomes = [...TESTS.matchAll(new RegExp(`alertname: ${name}\\n\\s+exp_alerts:(.*)`, "g"))].map(([, rest]) => rest?.trim());
  expect(outcomes).toContain("");
  expect(outcomes).toContain("[]");
});

test("of every fault it is said which alerts it makes fire, and a test plays it", () => {
  const [, section = ""] = read("docs/runbooks/README.md").split("## While faults are played");
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  const played =
    read("tests/monitoring/rules/chaos-run.test.yaml")
      .match(/^ {2}- name: .+$/gm)
      ?.join("\n") ?? "";
  for (const fault of FAULT_NAMES) {
    expect({ fault, isSaid: rows.some((row) => row.includes(`\`${fault}\``)) }).toEqual({ fault, isSaid: true });
    expect({ fault, isPlayed: new RegExp(`\\b${fault}\\b`).test(played) }).toEqual({ fault, isPlayed: true });
  }
  const known = new Set(ALERTS.map(({ name }) => name));
  expect([...section.matchAll(/\bFlotilla[A-Z]\w+/g)].map(([name]) => name).filter((name) => !known.has(name))).toEqual([]);
});

test("every selector can be narrowed to a release", () => {
  const ours = [...RULES.matchAll(/\b(?:up|(?:flotilla|process|nodejs|group:|pod:|service:|component:|release:)[\w:]+)\{([^}]*)\}/g)];
  expect(ours.length).toBeGreaterThan(40);
  for (const [selector, matchers] of ours)
    expect({ selector, matchers }).toEqual({ selector, matchers: expect.stringMatching(/^release=~"\.\+"/) as string });
});

test("rules count and time the same routes as the dashboards", () => {
  const asked = [...RULES.matchAll(/\bflotilla_http_\w+\{([^}]*)\}/g)].map(([selector]) => selector);
  expect(asked.length).toBeGreaterThan(2);
  for (const selector of asked) expect(selector).toContain(selector.includes("_duration_") ? TIMED_ROUTES : CLIENT_ROUTES);
});

test("every route is counted and timed but for probes, what is held on purpose, and what carries files", () => {
  const leftOut = (matcher: string): readonly string[] => {
    const pattern = new RegExp(`^(?:${/^route!~"(.+)"$/.exec(matcher)?.[1] ?? ""})$`);
    return [...new Set(Object.keys(ROUTES).map((name) => name.replace(/^\w+ /, "")))].filter((route) => pattern.test(route));
  };
  const noClients = ["/v1/stream", "/v1/jobs/:id/events", "/v1/workers/poll", "/livez", "/readyz", "/startupz", "/metrics"];
  const asLongAsTheirBytes = ["/v1/files/*", "/v1/regions/:job/:task/:attempt", "/v1/regions/:job/:task/:attempt/:partition"];
  expect([...leftOut(CLIENT_ROUTES)].sort()).toEqual([...noClients].sort());
  expect([...leftOut(TIMED_ROUTES)].sort()).toEqual([...noClients, ...asLongAsTheirBytes].sort());
});

test("rules ask for nothing that only somebody else's exporter would measure", () => {
  const others = [...RULES.matchAll(/\b((?:kube|container|node|machine|kubelet)_\w+)\s*[{[]/g)].map(([, metric]) => metric);
  expect(others).toEqual([]);
});

test("runbooks name commands that exist", () => {
  const sources = readdirSync(join(ROOT, "client/cli/commands")).map((file) => read(`client/cli/commands/${file}`));
  const known = new Set(sources.flatMap((text) => [...text.matchAll(/^ +name: "([a-z ]+)"/gm)].map(([, words]) => words as string)));
  expect(known.size).toBeGreaterThan(10);
  const unknown = RUNBOOKS.flatMap((file) =>
    [...read(`docs/runbooks/${file}`).matchAll(/`flotilla ([a-z]+(?: [a-z]+)?)/g)]
      .map(([, words]) => words as string)
      .filter((words) => !known.has(words) && !known.has(words.split(" ")[0] as string))
      .map((words) => `${file}: flotilla ${words}`),
  );
  expect(unknown).toEqual([]);
});
