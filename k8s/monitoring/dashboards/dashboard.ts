// What all dashboards have in common: whose series they show, how they find each other, and marks where leaders changed, faults were played
// and another version was deployed.
import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import type { Dashboard, Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DATASOURCE } from "./panels.ts";
import { LEADERS, ofRelease } from "./selectors.ts";

export type Row = { readonly title: string; readonly panels: readonly Builder<Panel>[] };

export type DashboardSpec = {
  /** Its file, and the end of its address. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly Row[];
  /** Beside those that every dashboard has. */
  readonly marks?: readonly Mark[];
};

/** At the moments at which an expression has a value. */
export type Mark = {
  readonly name: string;
  readonly color: string;
  readonly expr: string;
  readonly title: string;
  readonly tag?: string;
  /** Not before a reader asks for it. */
  readonly isOff?: boolean;
};

const TAG = "flotilla";

/** Whoever leads now and did not a minute ago: longer than two scrapes, so that no change falls between them. */
export const LEADER_CHANGES = `(${LEADERS} == 1) unless on (namespace, pod) ((${LEADERS} offset 1m) == 1)`;

/** 1 while `flotilla chaos run` plays a fault, for as long as it serves its metrics. A run is in no group, whomever it strikes. */
export const FAULTS = ofRelease.series("flotilla_chaos_fault_active");

/** A run of chaos comes and goes, and deploys nothing. */
const BUILDS = ofRelease.series("flotilla_build_info", 'component!="chaos"');
const versionsIn = (builds: string): string => `count by (component, version) (${builds})`;

/** What no process of a component had a minute ago, nor in the five minutes before that, in which all of them may have been away. */
const DEPLOYS = `${versionsIn(BUILDS)} unless ${versionsIn(`last_over_time(${BUILDS}[5m] offset 1m)`)}`;

/** Of values that are changed, too, which are no version: every process of a component starts then. And of every one that was killed. */
const STARTS = `time() - ${ofRelease.series("process_start_time_seconds", 'component!="chaos"')} < 60`;

const MARKS: readonly Mark[] = [
  { name: "Leader changes", color: "orange", expr: LEADER_CHANGES, title: "{{pod}} leads group {{group}}", tag: "group" },
  { name: "Faults", color: "red", expr: `${FAULTS} == 1`, title: "{{fault}} of {{target}}", tag: "fault" },
  { name: "Deploys", color: "green", expr: DEPLOYS, title: "{{component}}: version {{version}}", tag: "component" },
  { name: "Starts", color: "light-green", expr: STARTS, title: "{{pod}} has started", tag: "component", isOff: true },
];

export function dashboard({ name, title, description, rows, marks = [] }: DashboardSpec): Dashboard {
  const built = new DashboardBuilder(`Flotilla / ${title}`)
    .uid(`flotilla-${name}`)
    .description(description)
    .tags([TAG])
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: "now-30m", to: "now" })
    .refresh("10s")
    .timezone("browser")
    .readonly()
    .link(
      new DashboardLinkBuilder("Flotilla").type(DashboardLinkType.Dashboards).tags([TAG]).asDropdown(true).includeVars(true).keepTime(true),
    )
    .withVariable(new DatasourceVariableBuilder("datasource").label("Prometheus").type("prometheus"))
    .withVariable(variable("namespace", "Namespace", "label_values(flotilla_build_info, namespace)"))
    .withVariable(variable("release", "Release", 'label_values(flotilla_build_info{namespace="$namespace"}, release)'))
    .withVariable(
      variable("group", "Group", 'label_values(flotilla_raft_role{namespace="$namespace",release="$release"}, group)')
        .multi(true)
        .includeAll(true)
        .allValue(".*"),
    );
  for (const mark of [...MARKS, ...marks]) built.annotation(annotation(mark));
  for (const row of rows) {
    built.withRow(new RowBuilder(row.title));
    for (const panel of row.panels) built.withPanel(panel);
  }
  return numbered(built.build());
}

/** Links to a panel and its alerts need a number that stays. */
function numbered(built: Dashboard): Dashboard {
  return { ...built, panels: (built.panels ?? []).map((panel, i) => ({ ...panel, id: i + 1 })) };
}

function annotation({ name, color, expr, title, tag, isOff = false }: Mark): AnnotationQueryBuilder {
  const built = new AnnotationQueryBuilder().name(name).datasource(DATASOURCE).enable(!isOff);
  built.iconColor(color).expr(expr).titleFormat(title);
  if (tag !== undefined) built.tagKeys(tag);
  return built.step("15s");
}

function variable(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query(query)
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc);
}
