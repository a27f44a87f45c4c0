// Which series a panel looks at. Every one belongs to the release that was chosen, so that two releases in one Prometheus
// never mix. `release`, `component` and `group` are labels that the chart's PodMonitor gives to every target.

/** What answers probes and scrapes is no request of a client. */
export const CLIENT_ROUTES = 'route!~"/(livez|readyz|startupz|metrics)"';

const CHOSEN = 'namespace="$namespace",release="$release",group=~"$group"';

/** `flotilla_x{…}` of the chosen release and groups. */
export function series(metric: string, matchers = ""): string {
  return `${metric}{${CHOSEN}${matchers === "" ? "" : `,${matchers}`}}`;
}

export function perSecond(metric: string, matchers = ""): string {
  return `rate(${series(metric, matchers)}[$__rate_interval])`;
}

/** How many in the time that is shown. */
export function inRange(metric: string, matchers = ""): string {
  return `increase(${series(metric, matchers)}[$__range])`;
}

export type QuantileOptions = { readonly by?: string; readonly matchers?: string };

/** Of a histogram, over all that differ in none of the labels `by`. */
export function quantile(share: number, histogram: string, { by = "", matchers = "" }: QuantileOptions = {}): string {
  const labels = by === "" ? "le" : `le, ${by}`;
  return `histogram_quantile(${share}, sum by (${labels}) (${perSecond(`${histogram}_bucket`, matchers)}))`;
}

/** The average of what a histogram saw in the time that is shown; 0 when it saw nothing. */
export function averageInRange(histogram: string): string {
  return `sum by (group) (${inRange(`${histogram}_sum`)}) / clamp_min(sum by (group) (${inRange(`${histogram}_count`)}), 1)`;
}

/** 1 for each member that leads. */
export const LEADERS = series("flotilla_raft_role", 'role="leader"');

/** What leaders alone say: followers may be behind. */
export function saidByLeaders(selected: string): string {
  return `(${selected} and on (namespace, pod) (${LEADERS} == 1))`;
}
