// What a dashboard asks Prometheus, as Prometheus is asked: panels, marks and the lists of its variables, with the values that
// Grafana would put in for its variables.

export type Question = {
  /** Where it stands, for a failure's message. */
  readonly where: string;
  readonly expr: string;
};

export type PanelQuestion = Question & {
  /** What the panel shows where there is no value; null: what Grafana says then. */
  readonly noValue: string | null;
};

type Target = { readonly expr?: string };
type Step = { readonly value: number | null; readonly color: string };
type PanelJson = {
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly targets?: readonly Target[];
  readonly fieldConfig?: {
    readonly defaults?: { readonly unit?: string; readonly noValue?: string; readonly thresholds?: { readonly steps: readonly Step[] } };
  };
};
export type DashboardJson = {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly PanelJson[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr?: string }[] };
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string; readonly query?: string }[] };
};

export function panelsOf({ panels }: DashboardJson): readonly PanelJson[] {
  return panels.filter(({ type }) => type !== "row");
}

/** Those of panels alone. */
export function panelQuestionsOf(dashboard: DashboardJson): readonly PanelQuestion[] {
  return panelsOf(dashboard).flatMap(({ title = "?", targets = [], fieldConfig }) =>
    targets.flatMap(({ expr }) =>
      expr === undefined ? [] : [{ where: `${dashboard.title} › ${title}`, expr, noValue: fieldConfig?.defaults?.noValue ?? null }],
    ),
  );
}

/** All of them, as they stand in the file. */
export function questionsOf(dashboard: DashboardJson): readonly Question[] {
  const where = (what: string): string => `${dashboard.title} › ${what}`;
  const asked = (what: string, expr: string | undefined): readonly Question[] => (expr === undefined ? [] : [{ where: where(what), expr }]);
  return [
    ...panelQuestionsOf(dashboard).map((question) => ({ where: question.where, expr: question.expr })),
    ...dashboard.annotations.list.flatMap(({ name, expr }) => asked(`marks: ${name}`, expr)),
    ...dashboard.templating.list.flatMap(({ name, query }) => asked(`variable ${name}`, selectorOf(query))),
  ];
}

/** `label_values(selector, label)` lists the values that a label has in what the selector finds. */
function selectorOf(query: string | undefined): string | undefined {
  return /^label_values\((.+), \w+\)$/.exec(query ?? "")?.[1];
}

export type Chosen = { readonly namespace: string; readonly release: string; readonly rateInterval: string; readonly range: string };

export function withChosen(expr: string, { namespace, release, rateInterval, range }: Chosen): string {
  const values: Readonly<Record<string, string>> = { namespace, release, group: ".*", __rate_interval: rateInterval, __range: range };
  return expr.replaceAll(/\$(\w+)/g, (whole, name: string) => values[name] ?? whole);
}

const LABEL_LISTS = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g;
const NO_METRICS = new Set(["and", "or", "unless", "offset", "bool", "by", "without", "on", "ignoring", "group_left", "group_right"]);

/** The names of metrics in an expression: what is left of it without texts, labels, ranges, functions and operators. */
export function metricsIn(expr: string): readonly string[] {
  const bare = expr
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, "")
    .replaceAll(/\{[^}]*\}/g, "")
    .replaceAll(/\[[^\]]*\]/g, "")
    .replaceAll(LABEL_LISTS, "");
  const words = [...bare.matchAll(/(?<![\w.:$])([a-zA-Z_:][\w:]*)(?!\w)(?!\s*\()/g)].map(([, word]) => word as string);
  return [...new Set(words.filter((word) => !NO_METRICS.has(word) && !/^(?:NaN|Inf)$/i.test(word)))];
}
