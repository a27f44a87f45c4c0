// The run as a picture: answers each second and how long they took, faults as bands over both, and who was what when. SVG by hand,
// so that the page needs nothing else. Pure.
import type { ChaosResult } from "../run.ts";
import type { FaultRecord } from "../rounds.ts";
import type { Sample } from "../watch.ts";
import { kindOf, struck } from "./numbers.ts";

const WIDTH = 1_160;
const LEFT = 130;
const CHART = 110;
const LANE = 15;
const GAP = 26;
/** Of the numbers of faults, above everything. */
const NUMBERS = 16;
const ROLE_CLASS: Readonly<Record<string, string>> = {
  ...{ leader: "leader", active: "leader", follower: "follower", standby: "follower", candidate: "candidate", learner: "candidate" },
  ...{ down: "down", silent: "down", stopped: "down", waiting: "candidate" },
};

export const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

type Scale = { readonly x: (ms: number) => number; readonly lengthMs: number; readonly beganMs: number };

export function drawTimeline(result: ChaosResult): string {
  const { beganMs, endedMs, samples, seconds } = result;
  const lengthMs = Math.max(1_000, endedMs - beganMs);
  const scale: Scale = { beganMs, lengthMs, x: (ms) => LEFT + ((WIDTH - LEFT - 10) * ms) / lengthMs };
  const names = [...new Set(samples.flatMap(({ roles }) => Object.keys(roles)))];
  const lanesAt = NUMBERS + 2 * (CHART + GAP) + 20;
  const lanes = names.length + 1;
  const height = lanesAt + lanes * LANE + 30;
  const throughput = seconds.map(({ atMs, done }) => ({ atMs, value: done }));
  const failed = seconds.map(({ atMs, failed }) => ({ atMs, value: failed }));
  const slowest = seconds.map(({ atMs, maxMs }) => ({ atMs, value: maxMs }));
  const p99 = seconds.map(({ atMs, p99Ms }) => ({ atMs, value: p99Ms ?? 0 }));
  return [
    `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Timeline of the run">`,
    ...struck(result.faults).map((record) => band(record, scale, lanesAt + lanes * LANE)),
    chart(
      {
        title: "answers a second",
        top: NUMBERS + 14,
        series: [
          { name: "done", points: throughput },
          { name: "failed", points: failed },
        ],
      },
      scale,
    ),
    chart(
      {
        title: "latency, ms",
        top: NUMBERS + 14 + CHART + GAP,
        series: [
          { name: "slowest", points: slowest },
          { name: "p99", points: p99 },
        ],
      },
      scale,
    ),
    gapLane(struck(result.faults), scale, lanesAt),
    ...names.map((name, i) => lane(name, { samples, scale, top: lanesAt + (i + 1) * LANE })),
    axis(scale, lanesAt + lanes * LANE + 16),
    `</svg>`,
  ].join("\n");
}

function band(record: FaultRecord, { x, beganMs, lengthMs }: Scale, height: number): string {
  const [from, to] = [x(record.fromMs - beganMs), x((record.wholeMs ?? beganMs + lengthMs) - beganMs)];
  const title = `${record.number}: ${kindOf(record)}, ${record.target ?? ""}${record.gapMs === null ? "" : `, clients waited ${Math.round(record.gapMs)} ms`}`;
  const acting = x(record.toMs - beganMs);
  const rect = (role: string, untilX: number): string =>
    `<rect class="${role}" x="${from.toFixed(1)}" y="${NUMBERS}" width="${Math.max(1.5, untilX - from).toFixed(1)}" height="${height - NUMBERS}"/>`;
  return (
    `<a href="#fault-${record.number}"><g class="band${record.problem === null ? "" : " bad"}"><title>${escaped(title)}</title>` +
    `${rect("recovering", to)}${rect("acting", acting)}<text x="${from.toFixed(1)}" y="11">${record.number}</text></g></a>`
  );
}

/** Where clients of the struck group waited longest. */
function gapLane(records: readonly FaultRecord[], { x, beganMs }: Scale, top: number): string {
  const bars = records.flatMap(({ number, group, gapMs, gapFromMs }) => {
    if (gapMs === null || gapFromMs === null) return [];
    const [from, to] = [x(gapFromMs - beganMs), x(gapFromMs + gapMs - beganMs)];
    const title = `${number}: group ${group ?? "?"} answered no client for ${Math.round(gapMs)} ms`;
    return [
      `<rect class="gap" x="${from.toFixed(1)}" y="${top}" width="${Math.max(1, to - from).toFixed(1)}" height="${LANE - 4}"><title>${escaped(title)}</title></rect>`,
    ];
  });
  return `<g><text class="title" x="${LEFT - 6}" y="${top + LANE - 5}" text-anchor="end">clients waited</text>${bars.join("")}</g>`;
}

type Series = { readonly name: string; readonly points: readonly { readonly atMs: number; readonly value: number }[] };
type Chart = { readonly title: string; readonly top: number; readonly series: readonly Series[] };

function chart({ title, top, series }: Chart, { x }: Scale): string {
  const most = Math.max(1, ...series.flatMap(({ points }) => points.map(({ value }) => value)));
  const y = (value: number): number => top + CHART - (CHART * value) / most;
  const lines = series.map(({ name, points }) => {
    const path = points.map(({ atMs, value }) => `${x(atMs + 500).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    return `<polyline class="${name}" points="${path}"><title>${escaped(name)}</title></polyline>`;
  });
  const labels = [0, 0.5, 1].map((share) => {
    const at = y(share * most);
    return `<line class="grid" x1="${LEFT}" x2="${WIDTH - 10}" y1="${at}" y2="${at}"/><text x="${LEFT - 6}" y="${at + 4}" text-anchor="end">${Math.round(share * most).toLocaleString("en")}</text>`;
  });
  return `<g>${labels.join("")}<text class="title" x="4" y="${top + 12}">${escaped(title)}</text>${lines.join("")}</g>`;
}

type Lane = { readonly samples: readonly Sample[]; readonly scale: Scale; readonly top: number };

/** Stretches of one role as one bar each. */
function lane(name: string, { samples, scale: { x, beganMs, lengthMs }, top }: Lane): string {
  const bars: string[] = [];
  let [role, since] = ["", 0];
  const close = (untilMs: number): void => {
    if (role === "") return;
    const [from, to] = [x(Math.max(0, since - beganMs)), x(Math.min(lengthMs, untilMs - beganMs))];
    bars.push(
      `<rect class="${ROLE_CLASS[role] ?? "follower"}" x="${from.toFixed(1)}" y="${top}" width="${Math.max(0.5, to - from).toFixed(1)}" height="${LANE - 4}"><title>${escaped(`${name}: ${role}`)}</title></rect>`,
    );
  };
  for (const { atMs, roles } of samples) {
    const next = roles[name] ?? "down";
    if (next === role) continue;
    close(atMs);
    [role, since] = [next, atMs];
  }
  close(beganMs + lengthMs);
  return `<g><text x="${LEFT - 6}" y="${top + LANE - 5}" text-anchor="end">${escaped(name)}</text>${bars.join("")}</g>`;
}

function axis({ x, lengthMs }: Scale, y: number): string {
  const step = [5, 10, 30, 60, 300, 600].find((each) => lengthMs / 1_000 / each <= 14) ?? 1_800;
  const marks = Array.from({ length: Math.floor(lengthMs / 1_000 / step) + 1 }, (_, i) => i * step);
  return marks.map((second) => `<text x="${x(second * 1_000).toFixed(1)}" y="${y}" text-anchor="middle">${second} s</text>`).join("");
}
