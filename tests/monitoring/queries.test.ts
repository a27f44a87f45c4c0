import { metricsIn, questionsOf, withChosen } from "./queries.ts";

test.each([
  { expr: "up", metrics: ["up"] },
  { expr: 'sum by (le, pod) (rate(a_bucket{x="b_total{",y=~"c|d"}[5m]))', metrics: ["a_bucket"] },
  { expr: "(a == 1) unless on (namespace, pod) ((a offset 1m) == 1)", metrics: ["a"] },
  { expr: "group:a:rate5m / on(pod) group_left(x) max by(pod)(b) or vector(0)", metrics: ["group:a:rate5m", "b"] },
  { expr: "count(a) by (version) > 1e3 and b", metrics: ["a", "b"] },
  { expr: '2 * a{role="x"} or 3 * b', metrics: ["a", "b"] },
])("metrics of $expr", ({ expr, metrics }) => {
  expect(metricsIn(expr)).toEqual(metrics);
});

test("variables get the values that Grafana would give them, and an unknown one stays", () => {
  const chosen = { namespace: "n", release: "r", rateInterval: "10s", range: "30s" };
  expect(withChosen('rate(a{namespace="$namespace",release="$release",group=~"$group"}[$__rate_interval]) $x', chosen)).toBe(
    'rate(a{namespace="n",release="r",group=~".*"}[10s]) $x',
  );
});

test("panels, marks and variables all ask; rows do not", () => {
  const dashboard = {
    uid: "u",
    title: "D",
    panels: [{ type: "row" }, { type: "stat", title: "P", targets: [{ expr: "a" }, { expr: "b" }] }],
    annotations: { list: [{ name: "M", expr: "c" }] },
    templating: { list: [{ name: "v", type: "query", query: 'label_values(d{x="y"}, z)' }] },
  };
  expect(questionsOf(dashboard)).toEqual([
    { where: "D › P", expr: "a" },
    { where: "D › P", expr: "b" },
    { where: "D › marks: M", expr: "c" },
    { where: "D › variable v", expr: 'd{x="y"}' },
  ]);
});
