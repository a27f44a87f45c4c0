// One order of a failing history as SVG: a lane per client, a bar from call to return, and the order as numbers.
import type { Model } from "../model.ts";
import { layOut, NUMBER_WIDTH } from "./layout.ts";
import type { Bar, Layout } from "./layout.ts";
import type { PictureWindow, Role, Shown } from "./window.ts";

type Describer<Input, Output> = Pick<Model<unknown, Input, Output>, "describeInput" | "describeOutput">;

const ROW_HEIGHT = 64;
const BAR_TOP = 16;
const BAR_HEIGHT = 40;
const CHARACTER_WIDTH = 6.7;
const LABEL_CHARACTERS_MAX = 22;
const MARGIN = 8;

/** Two columns: the clients' names stay in sight while the rest is scrolled. */
export function drawOrder<Input, Output>(window: PictureWindow<Input, Output>, describer: Describer<Input, Output>): string {
  const layout = layOut(window, (shown) => Math.max(...labelOf(shown, describer).map((line) => line.length)) * CHARACTER_WIDTH + 14);
  const height = layout.rowClients.length * ROW_HEIGHT + MARGIN;
  const names = layout.rowClients.map((client, row) =>
    client === layout.rowClients[row - 1] ? "" : `<div style="top:${row * ROW_HEIGHT + BAR_TOP}px">${escaped(client)}</div>`,
  );
  return [
    `<div class="drawing"><div class="names" style="height:${height}px">${names.join("")}</div><div class="lanes">`,
    `<svg width="${rounded(layout.width + 2 * MARGIN)}" height="${height}" role="img"><g transform="translate(${MARGIN} 0)">`,
    ...lanesOf(layout),
    pathOf(layout),
    ...layout.bars.map((bar) => drawBar(bar, describer)),
    ...layout.bars.map(drawNumber),
    `</g></svg></div></div>`,
  ].join("\n");
}

export function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

export function answerText<Input, Output>({ operation, place }: Shown<Input, Output>, describer: Describer<Input, Output>): string {
  const { outcome } = operation;
  if (outcome.kind === "done") return describer.describeOutput(outcome.output);
  if (outcome.kind === "refused") return "refused";
  return place === null ? "unknown" : "unknown, happened";
}

function labelOf<Input, Output>(shown: Shown<Input, Output>, describer: Describer<Input, Output>): readonly [string, string] {
  return [shortened(describer.describeInput(shown.operation.input)), shortened(`→ ${answerText(shown, describer)}`)];
}

function lanesOf({ rowClients, width }: Layout<unknown, unknown>): string[] {
  return rowClients.flatMap((client, row) =>
    client === rowClients[row - 1]
      ? []
      : [`<line class="lane" x1="${-MARGIN}" x2="${rounded(width + MARGIN)}" y1="${row * ROW_HEIGHT}" y2="${row * ROW_HEIGHT}"/>`],
  );
}

function pathOf({ bars }: Layout<unknown, unknown>): string {
  const inOrder = [...bars].sort((a, b) => (a.place?.number ?? 0) - (b.place?.number ?? 0));
  const points = inOrder.flatMap((bar) => (bar.numberX === null ? [] : [`${rounded(bar.numberX)},${numberY(bar)}`]));
  return `<polyline class="path" points="${points.join(" ")}"/>`;
}

function drawBar<Input, Output>(bar: Bar<Input, Output>, describer: Describer<Input, Output>): string {
  const [input, output] = labelOf(bar, describer);
  const y = bar.row * ROW_HEIGHT + BAR_TOP;
  const isUnknown = bar.operation.outcome.kind === "unknown";
  const text = (line: string, dy: number): string => `<text x="${rounded(Math.max(bar.x, 0) + 8)}" y="${y + dy}">${escaped(line)}</text>`;
  return [
    `<g class="bar ${bar.role}${isUnknown ? " unknown" : ""}"><title>${escaped(tooltip(bar, describer))}</title>`,
    `<path d="${outline(bar, y)}"/>`,
    text(input, 19),
    text(output, 33),
    `</g>`,
  ].join("");
}

/** Round where the operation begins and ends, torn where the picture does, an arrow where it never ends. */
function outline({ x, width, isCutLeft, isCutRight, operation }: Bar<unknown, unknown>, y: number): string {
  const isOpen = operation.outcome.kind === "unknown";
  const [left, right, bottom, middle] = [rounded(x), rounded(x + width), y + BAR_HEIGHT, y + BAR_HEIGHT / 2];
  const start = isCutLeft ? `M${left} ${y}` : `M${left + 5} ${y}`;
  const rightSide = isOpen
    ? `H${right - 10} L${right} ${middle} L${right - 10} ${bottom}`
    : isCutRight
      ? `H${right} V${bottom}`
      : `H${right - 5} q5 0 5 5 V${bottom - 5} q0 5 -5 5`;
  const leftSide = isCutLeft
    ? `H${left} l5 ${-BAR_HEIGHT / 4} l-5 ${-BAR_HEIGHT / 4} l5 ${-BAR_HEIGHT / 4} Z`
    : `H${left + 5} q-5 0 -5 -5 V${y + 5} q0 -5 5 -5 Z`;
  return `${start} ${rightSide} ${leftSide}`;
}

function drawNumber(bar: Bar<unknown, unknown>): string {
  const y = numberY(bar);
  const number = bar.numberX === null || bar.place === null ? "" : badge("placed", { x: bar.numberX, y, text: `${bar.place.number}` });
  return bar.role === "stuck" ? number + badge("stuck", { x: bar.x + bar.width - NUMBER_WIDTH / 2, y, text: "✗" }) : number;
}

function badge(role: Role, { x, y, text }: { readonly x: number; readonly y: number; readonly text: string }): string {
  const width = Math.max(18, text.length * CHARACTER_WIDTH + 8);
  const rect = `<rect x="${rounded(x - width / 2)}" y="${y - 9}" width="${rounded(width)}" height="18" rx="9"/>`;
  return `<g class="number ${role}">${rect}<text x="${rounded(x)}" y="${y + 4}">${text}</text></g>`;
}

function numberY({ row }: Bar<unknown, unknown>): number {
  return row * ROW_HEIGHT + BAR_TOP - 2;
}

const ROLE_MEANINGS: Readonly<Record<Role, string>> = {
  placed: "has a place in this order",
  stuck: "no order was found that explains this answer",
  later: "had no answer yet when no order was left",
  unneeded: "may have happened or not; this order does without it",
  refused: "did not happen",
};

function tooltip<Input, Output>(shown: Shown<Input, Output>, describer: Describer<Input, Output>): string {
  const { operation, role, place } = shown;
  const end = operation.outcome.kind === "unknown" ? "never returned" : `returned at ${operation.outcome.returnedAt}`;
  return [
    `${operation.client}: ${describer.describeInput(operation.input)}`,
    `→ ${answerText(shown, describer)}`,
    `called at ${operation.calledAt}, ${end}`,
    `${ROLE_MEANINGS[role]}${place === null ? "" : ` (number ${place.number})`}`,
    ...(operation.outcome.kind === "refused" && operation.outcome.why !== undefined ? [operation.outcome.why] : []),
  ].join("\n");
}

function shortened(text: string): string {
  return text.length <= LABEL_CHARACTERS_MAX ? text : `${text.slice(0, LABEL_CHARACTERS_MAX - 1)}…`;
}

function rounded(length: number): number {
  return Math.round(length * 10) / 10;
}
