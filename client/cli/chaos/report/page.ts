// A run as one HTML page that needs nothing else: the verdict, how it was come by, the timeline, what each fault cost, and, where
// clients were told what no order explains, that part of the history.
import { KV_MODEL } from "../../../../core/linearizability/kv-model.ts";
import { drawFailure } from "../../../../core/linearizability/picture.ts";
import type { FaultRecord } from "../rounds.ts";
import type { ChaosResult } from "../run.ts";
import { duration } from "../../terminal.ts";
import { drawTimeline, escaped } from "./drawing.ts";
import type { Spread } from "./numbers.ts";
import { figuresByFault, kindOf, recoveryOf } from "./numbers.ts";

const ORDER = ["failed", "unchecked", "passed"];
const SENTENCES = {
  passed: "Every check passed: nothing that was acknowledged is lost, and one order explains all answers.",
  failed: "At least one promise was not kept.",
  unchecked: "It could not be found out whether every promise was kept, which is not a pass.",
} as const;
const WORDS = { passed: "Passed", failed: "Failed", unchecked: "Not decided" } as const;

/** `isShort`: without what grows with the run. */
export type About = { readonly cluster: string; readonly replay: string; readonly isShort?: true };

export function chaosPage(result: ChaosResult, { cluster, replay, isShort }: About): string {
  const { verdict, checks, seed, startedAt, beganMs, endedMs, history, failure, jobs } = result;
  const answered = history.filter(({ outcome }) => outcome.kind === "done").length;
  // A reader of one member is told again and again that another has the key, which is an answer and no operation.
  const asked = history.filter(({ outcome }) => outcome.kind !== "refused").length;
  const facts = [
    `${Math.round((endedMs - beganMs) / 1_000)} s`,
    `${result.faults.filter(({ target }) => target !== null).length} faults`,
    `${answered.toLocaleString("en")} of ${asked.toLocaleString("en")} recorded operations answered`,
    `${jobs.length} jobs`,
  ];
  const all = figuresByFault(result.faults).at(-1);
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${WORDS[verdict]}: chaos on ${escaped(cluster)}</title>`,
    `<style>${STYLE}</style></head><body>`,
    `<h1 class="${verdict}">${WORDS[verdict]}</h1>`,
    `<p class="summary">${SENTENCES[verdict]} Clients waited ${time(all?.gap.p50)} for half of the faults, ${time(all?.gap.max)} at most; all was well after ${time(all?.whole.p50)}, ${time(all?.whole.max)} at most.</p>`,
    `<p>${escaped(cluster)}, ${escaped(startedAt)}: ${facts.join(" · ")}.</p>`,
    `<p>Seed ${seed}. The same faults in the same order: <code>${escaped(replay)}</code></p>`,
    table(
      ["check", "", ""],
      [...checks]
        .sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict))
        .map(({ name, verdict: each, message }) => [name, `<b class="${each}">${WORDS[each].toLowerCase()}</b>`, escaped(message)]),
    ),
    ...(isShort
      ? [`<p>The timeline, the list of faults and the history are left out: the whole page is too large for where this one is kept.</p>`]
      : [timelineOf(result)]),
    `<h2>What faults cost</h2><p>Clients of the group waited: the longest time in which none of them was answered. All well: from the fault until every process was ready again and no shard was on its way.</p>`,
    table(
      ["fault", "times", "clients waited, ms: p50", "p99", "most", "all well after, ms: p50", "p99", "most"],
      figuresByFault(result.faults).map(({ fault, count, gap, whole }) => [escaped(fault), `${count}`, ...spread(gap), ...spread(whole)]),
    ),
    ...(isShort ? [] : faultsOf(result)),
    ...(isShort || failure === null
      ? []
      : [`<h2>What no order explains</h2><iframe srcdoc="${escaped(drawFailure(failure, KV_MODEL))}"></iframe>`]),
    `</body></html>`,
  ].join("\n");
}

function timelineOf(result: ChaosResult): string {
  return `<h2>Timeline</h2><p class="legend">Bands: <i class="acting"></i> a fault, <i class="recovering"></i> until all was well again, with its number above. Lanes: <i class="gap"></i> the struck group answered no client, <i class="leader"></i> leads, <i class="follower"></i> follows or works, <i class="candidate"></i> candidate or learner, <i class="down"></i> down or silent. Lines: <i class="done"></i> done, <i class="failed"></i> of unknown outcome or refused, <i class="slowest"></i> slowest, <i class="p99"></i> p99. Point at anything to see what it is.</p>
${drawTimeline(result)}`;
}

function faultsOf({ faults, beganMs }: ChaosResult): readonly string[] {
  return [
    `<h2>Faults</h2>`,
    table(
      ["#", "at", "fault", "target", "clients waited", "all well after", ""],
      faults.map((record) => faultRow(record, beganMs)),
    ),
  ];
}

function faultRow(record: FaultRecord, beganMs: number): readonly string[] {
  const { number, fromMs, target, gapMs, skipped, problem, undecided } = record;
  const well = recoveryOf(record);
  return [
    ...[
      `<a id="fault-${number}">${number}</a>`,
      `${((fromMs - beganMs) / 1_000).toFixed(1)} s`,
      escaped(kindOf(record)),
      escaped(target ?? "nobody"),
    ],
    ...[milliseconds(gapMs), milliseconds(well)],
    problem === null ? escaped(skipped ?? undecided ?? "") : `<b class="failed">${escaped(problem)}</b>`,
  ];
}

const time = (ms: number | null | undefined): string => (ms === null || ms === undefined ? "no time that is known" : duration(ms));
const milliseconds = (ms: number | null): string => (ms === null ? "" : `${Math.round(ms).toLocaleString("en")} ms`);
const spread = ({ p50, p99, max }: Spread): readonly string[] =>
  [p50, p99, max].map((ms) => (ms === null ? "" : Math.round(ms).toLocaleString("en")));

/** Cells are HTML already. */
function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: string): string => `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join("")}</tr>`;
  return `<table>${row(heads, "th")}${rows.map((cells) => row(cells, "td")).join("\n")}</table>`;
}

const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#1b1f24, #e6e8eb); --paper: light-dark(#ffffff, #14171a); --faint: light-dark(#d9dde2, #363c43);
  --good: light-dark(#15803d, #4ade80); --bad: light-dark(#b91c1c, #f87171); --odd: light-dark(#a16207, #facc15); --blue: light-dark(#1d4ed8, #7aa2f7); }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1200px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 2rem; margin: 0; } h2 { font-size: 1.15rem; margin: 1.8rem 0 .4rem; }
.passed { color: var(--good); } .failed { color: var(--bad); } .unchecked { color: var(--odd); }
table { border-collapse: collapse; margin: .4rem 0; font-variant-numeric: tabular-nums; } td, th { padding: .2rem .9rem .2rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--faint); }
th { font-weight: 600; } code { background: var(--faint); padding: .1rem .3rem; border-radius: 3px; }
svg { width: 100%; height: auto; } svg text { font-size: 11px; fill: var(--ink); } svg text.title { font-weight: 600; }
svg .grid { stroke: var(--faint); } polyline { fill: none; stroke-width: 1.3; }
polyline.done { stroke: var(--good); } polyline.failed { stroke: var(--bad); } polyline.slowest { stroke: var(--blue); opacity: .6; } polyline.p99 { stroke: var(--odd); }
.band .recovering { fill: var(--odd); opacity: .13; } .band .acting { fill: var(--bad); opacity: .22; } .band:hover rect { opacity: .4; } .band.bad rect { fill: var(--bad); opacity: .5; }
.summary { font-size: 1.1rem; margin: .3rem 0; } .band text { fill: var(--bad); font-weight: 600; } rect.gap { fill: var(--bad); }
tr:has(:target) { background: var(--faint); } svg a { cursor: pointer; }
rect.leader { fill: var(--blue); } rect.follower { fill: var(--faint); } rect.candidate { fill: var(--odd); } rect.down { fill: var(--bad); }
.legend i { display: inline-block; width: 1.1em; height: .8em; vertical-align: baseline; } .legend i.leader { background: var(--blue); } .legend i.follower { background: var(--faint); }
.legend i.candidate, .legend i.p99 { background: var(--odd); } .legend i.down, .legend i.failed { background: var(--bad); } .legend i.done { background: var(--good); } .legend i.slowest { background: var(--blue); opacity: .6; }
.legend i.gap { background: var(--bad); } .legend i.acting { background: var(--bad); opacity: .35; } .legend i.recovering { background: var(--odd); opacity: .25; }
iframe { width: 100%; height: 900px; border: 1px solid var(--faint); background: white; }`;
