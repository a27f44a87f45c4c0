// What dashboards show of a cluster that was just installed and of which nobody wants anything: each panel has numbers, or says in words
// of its own that there are none yet. Grafana's "No data" would look as if something were broken.
import type { Prometheus } from "./prometheus.ts";
import { NotUnderstood } from "./prometheus.ts";
import type { Chosen, DashboardJson, PanelQuestion } from "./queries.ts";
import { panelQuestionsOf, withChosen } from "./queries.ts";

type Asked = Pick<Prometheus, "now">;

/** What is wrong, each with the name of its panel. Call it before anything is asked of the cluster. */
export async function dashboardsOnIdleCluster(
  prometheus: Asked,
  dashboards: readonly DashboardJson[],
  chosen: Chosen,
): Promise<readonly string[]> {
  const questions = dashboards.flatMap(panelQuestionsOf);
  const problems = await Promise.all(questions.map((question) => problemOf(prometheus, question, chosen)));
  return questions.flatMap(({ where, expr }, i) => {
    const problem = problems[i] ?? null;
    return problem === null ? [] : [`${where}, on a cluster that is idle and well: ${problem}\n    ${expr}`];
  });
}

async function problemOf(prometheus: Asked, { expr, noValue }: PanelQuestion, chosen: Chosen): Promise<string | null> {
  try {
    const values = await prometheus.now(withChosen(expr, chosen));
    // A panel's text stands for what is not there. NaN is there, and drawn as such.
    if (values.some((value) => Number.isNaN(value))) return "NaN";
    return values.length === 0 && noValue === null ? "no data, and no text that says so (noValue)" : null;
  } catch (error) {
    if (error instanceof NotUnderstood) return error.message;
    throw error;
  }
}
