// A panel as data: what it asks, its unit, and the sentence that says how to read it. Everything else about its looks is here.
import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import { GraphThresholdsStyleConfigBuilder, GraphThresholdsStyleMode } from "@grafana/grafana-foundation-sdk/common";
import type { Panel, Threshold } from "@grafana/grafana-foundation-sdk/dashboard";
import { ThresholdsConfigBuilder, ThresholdsMode, MappingType } from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as HeatmapBuilder } from "@grafana/grafana-foundation-sdk/heatmap";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as StateTimelineBuilder } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";

export type Query = { readonly expr: string; readonly legend: string };

export type PanelSpec = {
  readonly title: string;
  /** What a reader should think of high and low values. */
  readonly description: string;
  /** Grafana's name for it. */
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** Shown where there is nothing to show and all may be well, as before the first request. Grafana's own "No data" looks broken. */
  readonly noValue?: string;
  /** From the value on, this colour; the first one has no value and is what holds below. */
  readonly thresholds?: readonly Threshold[];
};

export type StateSpec = PanelSpec & { readonly states: Readonly<Record<string, { readonly text: string; readonly color: string }>> };

export type Unit = "short" | "none" | "s" | "bytes" | "percentunit" | "reqps" | "ops" | "cps" | "dateTimeFromNow" | "Bps";

export const DATASOURCE = { type: "prometheus", uid: "${datasource}" };

/** The value of the first colour. */
export const NOTHING = null as unknown as number;

const LINE_WIDTH = 8;
const STAT_WIDTH = 4;
const HEIGHT = 7;
const STAT_HEIGHT = 4;

/** Orange from where one should look, red from where an alert fires or a limit is: it is green below both. */
export function bounds({ orange, red }: { readonly orange?: number; readonly red: number }): readonly Threshold[] {
  const between = orange === undefined ? [] : [{ value: orange, color: "orange" }];
  return [{ value: NOTHING, color: "green" }, ...between, { value: red, color: "red" }];
}

/** Bounds are dashed lines, which don't stretch what is shown up to them. */
export function lines(spec: PanelSpec): Builder<Panel> {
  const panel = queried(new TimeseriesBuilder(), spec).span(LINE_WIDTH).height(HEIGHT).fillOpacity(8).min(0);
  if (spec.thresholds === undefined) return panel;
  return panel.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
}

export function stat(spec: PanelSpec): Builder<Panel> {
  return queried(new StatBuilder(), spec).span(STAT_WIDTH).height(STAT_HEIGHT);
}

/** The distribution of what a histogram saw, over time. */
export function heat(spec: PanelSpec): Builder<Panel> {
  const panel = described(new HeatmapBuilder(), spec).span(LINE_WIDTH).height(HEIGHT).calculate(false);
  for (const target of targets(spec)) panel.withTarget(target.format(PromQueryFormat.Heatmap));
  return panel;
}

/** Numbers that stand for states, as bands. */
export function states(spec: StateSpec): Builder<Panel> {
  const options = Object.fromEntries(Object.entries(spec.states).map(([value, state], index) => [value, { ...state, index }]));
  return queried(new StateTimelineBuilder(), spec)
    .span(24)
    .height(HEIGHT + 2)
    .mergeValues(true)
    .mappings([{ type: MappingType.ValueToText, options }]);
}

type Described<B> = {
  title(title: string): B;
  description(description: string): B;
  unit(unit: string): B;
  noValue(noValue: string): B;
  datasource(reference: typeof DATASOURCE): B;
};

type Queried<B> = Described<B> & {
  withTarget(target: DataqueryBuilder): B;
  thresholds(thresholds: ThresholdsConfigBuilder): B;
};

function described<B extends Described<B>>(panel: B, { title, description, unit, noValue }: PanelSpec): B {
  panel.title(title).description(description).unit(unit).datasource(DATASOURCE);
  return noValue === undefined ? panel : panel.noValue(noValue);
}

function queried<B extends Queried<B>>(panel: B, spec: PanelSpec): B {
  described(panel, spec);
  for (const target of targets(spec)) panel.withTarget(target);
  const steps = spec.thresholds ?? [{ value: NOTHING, color: "green" }];
  return panel.thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...steps]));
}

function targets({ queries }: PanelSpec): readonly DataqueryBuilder[] {
  return queries.map(({ expr, legend }, i) =>
    new DataqueryBuilder()
      .refId(String.fromCharCode(65 + i))
      .expr(expr)
      .legendFormat(legend)
      .range(),
  );
}
