// What `make kind-up` sends people to look at is there to be looked at: every dashboard and panel that it names is in the chart.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Breakage } from "../../k8s/what-to-break.ts";
import { BREAKAGES, breakageLines } from "../../k8s/what-to-break.ts";

type Panel = { readonly title?: string; readonly type?: string; readonly panels?: readonly Panel[] };
type Dashboard = { readonly title: string; readonly panels: readonly Panel[] };

const DASHBOARDS = join(__dirname, "../../charts/flotilla/files/dashboards");
const README = readFileSync(join(__dirname, "../../README.md"), "utf8");

const dashboards = readdirSync(DASHBOARDS).map((name) => JSON.parse(readFileSync(join(DASHBOARDS, name), "utf8")) as Dashboard);

/** Rows can't move. */
const panelsIn = (panels: readonly Panel[]): readonly string[] =>
  panels.flatMap(({ type, title, panels: within = [] }) => [
    ...(type === "row" || title === undefined ? [] : [title]),
    ...panelsIn(within),
  ]);

const lost = (breakages: readonly Breakage[]): readonly string[] =>
  breakages
    .flatMap(({ moves }) => moves)
    .filter(([dashboard, panel]) => !panelsIn(dashboards.find(({ title }) => title === dashboard)?.panels ?? []).includes(panel))
    .map(([dashboard, panel]) => `${dashboard}: ${panel}`);

test("every panel that is named is in the dashboard that is named", () => {
  expect(lost(BREAKAGES)).toEqual([]);
});

test("a panel that was renamed, a row and a dashboard that is gone are found", () => {
  const moves = [
    ["Flotilla / Raft", "Rolls"],
    ["Flotilla / Raft", "Leadership"],
    ["Flotilla / Draft", "Roles"],
  ] as const;
  expect(lost([{ commands: [], what: "", moves }])).toEqual(moves.map(([dashboard, panel]) => `${dashboard}: ${panel}`));
});

test("each says what to type, what happens, and where to look", () => {
  for (const { commands, what, moves } of BREAKAGES)
    expect([commands.length > 0, what !== "", moves.length > 0]).toEqual([true, true, true]);
  expect(breakageLines(BREAKAGES.slice(0, 1))).toEqual([
    "",
    "  kubectl delete pod flotilla-replica-1-0",
    "    a member goes, and another one leads if it led; no request of a client that retries fails",
    '    look at "Flotilla / Raft": "Roles", "Elections"',
    '    look at "Flotilla / Overview": "Members that answer"',
  ]);
});

test("the log of a Job is not asked for before its pod runs", () => {
  const all = BREAKAGES.flatMap(({ commands }) => commands);
  for (const [i, command] of all.entries())
    if (command.startsWith("kubectl logs")) expect(all[i - 1]).toMatch(/^kubectl wait job\/\S+ --for=jsonpath='\{\.status\.ready\}'=1/);
});

test("the README has the same commands", () => {
  expect(BREAKAGES.flatMap(({ commands }) => commands).filter((command) => !README.includes(command))).toEqual([]);
});
