// A histogram of Prometheus whose series are looked up once: the metrics library looks them up, and checks their labels, for
// each value, which costs more than many a thing that is measured.

export type HistogramDeclaration = {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  /** Upper ends, rising. */
  readonly buckets: readonly number[];
};

type LabelValues = Readonly<Record<string, string | number>>;
type Series = { readonly labels: LabelValues; readonly counts: number[]; sum: number; count: number };
type Value = { readonly labels: LabelValues; readonly value: number; readonly metricName: string };

export class Histogram {
  readonly name: string;
  readonly help: string;
  readonly type = "histogram";
  readonly #labelNames: readonly string[];
  readonly #buckets: readonly number[];
  readonly #series = new Map<string, Series>();

  constructor({ name, help, labelNames, buckets }: HistogramDeclaration) {
    this.name = name;
    this.help = help;
    this.#labelNames = labelNames;
    this.#buckets = buckets;
    if (labelNames.length === 0) this.series({});
  }

  /** What takes the values of this series. */
  series(labels: LabelValues): (value: number) => void {
    const series = this.#seriesOf(labels);
    const buckets = this.#buckets;
    return (value) => {
      series.sum += value;
      series.count++;
      for (let i = 0; i < buckets.length; i++) {
        if (value > (buckets[i] as number)) continue;
        (series.counts[i] as number)++;
        return;
      }
    };
  }

  /** As the registry of the metrics library asks for it. */
  get(): Promise<{ readonly name: string; readonly help: string; readonly type: "histogram"; readonly values: readonly Value[] }> {
    const values = [...this.#series.values()].flatMap((series) => this.#valuesOf(series));
    return Promise.resolve({ name: this.name, help: this.help, type: this.type, values });
  }

  #seriesOf(labels: LabelValues): Series {
    const key = JSON.stringify(this.#labelNames.map((name) => labels[name]));
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { labels, counts: this.#buckets.map(() => 0), sum: 0, count: 0 };
      this.#series.set(key, series);
    }
    return series;
  }

  #valuesOf({ labels, counts, sum, count }: Series): Value[] {
    let below = 0;
    const buckets = this.#buckets.map((le, i) => {
      below += counts[i] as number;
      return { labels: { le, ...labels }, value: below, metricName: `${this.name}_bucket` };
    });
    return [
      ...buckets,
      { labels: { le: "+Inf", ...labels }, value: count, metricName: `${this.name}_bucket` },
      { labels, value: sum, metricName: `${this.name}_sum` },
      { labels, value: count, metricName: `${this.name}_count` },
    ];
  }
}
