// Which series a panel looks at. Every one belongs to the release that was chosen, so that two releases in one Prometheus
// never mix. `release`, `component` and `group` are labels that the chart's monitor gives to every target.

const NO_CLIENT = "/(livez|readyz|startupz|metrics)|/v1/(workers/poll|jobs/:id/events|stream)";

/** Neither probes and scrapes nor what is held until there is something to say: a worker's poll, a job's events, a member's stream. The rules say the same. */
export const CLIENT_ROUTES = `route!~"${NO_CLIENT}"`;

/** Of those, the ones whose time says how the service does. Files and regions take as long as their bytes, and as whoever is at the other end. */
export const TIMED_ROUTES = `route!~"${NO_CLIENT}|/v1/(files|regions)/.*"`;

/** What panels ask of some series: as they are, how fast they grow, by how much, and how they are distributed. */
type Selectors = {
  /** `flotilla_x{…}`. */
  readonly series: (metric: string, matchers?: string) => string;
  readonly perSecond: (metric: string, matchers?: string) => string;
  /** How many in the time that is shown. */
  readonly inRange: (metric: string, matchers?: string) => string;
  /** Of a histogram, over all that differ in none of the labels `by`; of one that saw nothing there is none. */
  readonly quantile: (share: number, histogram: string, options?: QuantileOptions) => string;
};

export type QuantileOptions = { readonly by?: string; readonly matchers?: string };

function selectorsOf(chosen: string): Selectors {
  const series = (metric: string, matchers = ""): string => `${metric}{${chosen}${matchers === "" ? "" : `,${matchers}`}}`;
  const perSecond = (metric: string, matchers = ""): string => `rate(${series(metric, matchers)}[$__rate_interval])`;
  const inRange = (metric: string, matchers = ""): string => `increase(${series(metric, matchers)}[$__range])`;
  const quantile = (share: number, histogram: string, { by = "", matchers = "" }: QuantileOptions = {}): string => {
    const labels = by === "" ? "le" : `le, ${by}`;
    // Of nothing it is NaN, which Grafana writes as such.
    return `histogram_quantile(${share}, sum by (${labels}) (${perSecond(`${histogram}_bucket`, matchers)})) >= 0`;
  };
  return { series, perSecond, inRange, quantile };
}

const RELEASE = 'namespace="$namespace",release="$release"';

/** Of the chosen release, whichever groups are chosen: controllers, coordinators and workers are in none of them. */
export const ofRelease = selectorsOf(RELEASE);

/** Of the chosen release and groups. */
export const { series, perSecond, inRange, quantile } = selectorsOf(`${RELEASE},group=~"$group"`);

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
