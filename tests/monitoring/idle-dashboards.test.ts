import { dashboardsOnIdleCluster } from "./idle-dashboards.ts";
import { NotUnderstood } from "./prometheus.ts";
import type { DashboardJson } from "./queries.ts";

const CHOSEN = { namespace: "n", release: "r", rateInterval: "10s", range: "30s" };
const VALUES: Readonly<Record<string, readonly number[]>> = { zero: [0, 0], nothing: [], nan: [1, NaN] };

const prometheus = {
  now: (expr: string): Promise<readonly number[]> => {
    const values = VALUES[expr];
    return values === undefined ? Promise.reject(new NotUnderstood(`unknown: ${expr}`)) : Promise.resolve(values);
  },
};

function dashboardOf(expr: string, noValue?: string): DashboardJson {
  const fieldConfig = { defaults: { unit: "none", ...(noValue === undefined ? {} : { noValue }) } };
  const panels = [{ type: "row" }, { type: "stat", title: "P", targets: [{ expr: "zero" }, { expr }], fieldConfig }];
  // What marks ask for has to happen first.
  return { uid: "u", title: "D", panels, annotations: { list: [{ name: "M", expr: "nothing" }] }, templating: { list: [] } };
}

test.each([
  { what: "numbers, also 0", expr: "zero", said: null },
  { what: "nothing, without a word", expr: "nothing", said: "no data, and no text that says so (noValue)" },
  { what: "nothing, and says so", expr: "nothing", noValue: "none yet", said: null },
  { what: "NaN, whatever it says", expr: "nan", noValue: "none yet", said: "NaN" },
  { what: "what nobody understands", expr: "x(", said: "unknown: x(" },
])("a panel that shows $what", async ({ expr, noValue, said }) => {
  const problems = await dashboardsOnIdleCluster(prometheus, [dashboardOf(expr, noValue)], CHOSEN);
  expect(problems).toEqual(said === null ? [] : [`D › P, on a cluster that is idle and well: ${said}\n    ${expr}`]);
});
