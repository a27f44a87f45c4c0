// Where everything goes. Time is drawn by rank, not to scale: each call and each return has a column of its own, and a
// gap is as wide as the order numbers in it and the labels above it need. Lengths are pixels.
import { present } from "../../base/assert.ts";
import { endOf } from "../history.ts";
import type { PictureWindow, Place, Shown } from "./window.ts";

export type Bar<Input, Output> = Shown<Input, Output> & {
  readonly x: number;
  readonly width: number;
  readonly row: number;
  /** Began before the picture; ends after it, or never. */
  readonly isCutLeft: boolean;
  readonly isCutRight: boolean;
  /** Where its number goes. */
  readonly numberX: number | null;
};

export type Layout<Input, Output> = {
  readonly width: number;
  readonly bars: readonly Bar<Input, Output>[];
  /** For each row the client that it belongs to. A client has several where its operations overlap. */
  readonly rowClients: readonly string[];
};

export const NUMBER_WIDTH = 24;
const GAP_WIDTH = 14;

type Interval<Input, Output> = Shown<Input, Output> & {
  /** Gaps that it covers; gap n ends at column n. */
  readonly firstGap: number;
  readonly lastGap: number;
};

export function layOut<Input, Output>(
  window: PictureWindow<Input, Output>,
  labelWidth: (shown: Shown<Input, Output>) => number,
): Layout<Input, Output> {
  const columns = columnsOf(window);
  const intervals = window.shown.map((shown) => intervalOf(shown, window, columns));
  const numbers = numbersByGap(window, columns);
  const widths = Array.from({ length: columns.size + 1 }, (_, gap) => GAP_WIDTH + NUMBER_WIDTH * (numbers.get(gap)?.length ?? 0));
  for (const interval of intervals) widen(widths, interval, labelWidth(interval));
  const starts = runningSums(widths);
  const rows = rowsOf(intervals);
  const bars = intervals.map((interval) => {
    const { operation, role, place, firstGap, lastGap } = interval;
    const x = startOf(starts, firstGap);
    return {
      operation,
      role,
      place,
      x,
      width: startOf(starts, lastGap + 1) - x,
      row: present(rows.rowOf.get(interval), "a row for every bar"),
      isCutLeft: operation.calledAt < window.from,
      isCutRight: endOf(operation) > window.to || endOf(operation) === Infinity,
      numberX: place === null ? null : numberX(place, { columns, numbers, starts }),
    };
  });
  return { width: startOf(starts, widths.length), bars, rowClients: rows.clients };
}

type Columns = ReadonlyMap<string, number>;

/** At one moment calls come before returns, as in the check. */
function columnsOf(window: PictureWindow<unknown, unknown>): Columns {
  const events = window.shown.flatMap(({ operation }) => [
    { time: operation.calledAt, kind: "call" as const },
    { time: endOf(operation), kind: "return" as const },
  ]);
  const inside = events.filter(({ time }) => time >= window.from && time <= window.to && time !== Infinity);
  inside.sort((a, b) => a.time - b.time || (a.kind < b.kind ? -1 : 1));
  return new Map([...new Set(inside.map(({ kind, time }) => columnName(kind, time)))].map((name, column) => [name, column]));
}

function columnName(kind: "call" | "return", time: number): string {
  return `${kind} ${time}`;
}

function intervalOf<Input, Output>(
  shown: Shown<Input, Output>,
  window: PictureWindow<Input, Output>,
  columns: Columns,
): Interval<Input, Output> {
  const { calledAt } = shown.operation;
  const end = endOf(shown.operation);
  const firstGap = calledAt < window.from ? 0 : (columns.get(columnName("call", calledAt)) ?? 0) + 1;
  const lastGap = end > window.to ? columns.size : (columns.get(columnName("return", end)) ?? columns.size);
  return { ...shown, firstGap, lastGap };
}

/** An operation takes effect in the gap after the last call that it has to wait for. */
function gapOfMoment(moment: number, columns: Columns): number {
  const column = columns.get(columnName("call", moment));
  return column === undefined ? 0 : column + 1;
}

function numbersByGap(window: PictureWindow<unknown, unknown>, columns: Columns): ReadonlyMap<number, readonly number[]> {
  const numbers = new Map<number, number[]>();
  for (const { place } of window.shown) {
    if (place === null) continue;
    const gap = gapOfMoment(place.moment, columns);
    numbers.set(
      gap,
      [...(numbers.get(gap) ?? []), place.number].sort((a, b) => a - b),
    );
  }
  return numbers;
}

type Grid = {
  readonly columns: Columns;
  readonly numbers: ReadonlyMap<number, readonly number[]>;
  readonly starts: readonly number[];
};

function numberX({ moment, number }: Place, { columns, numbers, starts }: Grid): number {
  const gap = gapOfMoment(moment, columns);
  const position = (numbers.get(gap) ?? []).indexOf(number);
  return startOf(starts, gap) + GAP_WIDTH / 2 + NUMBER_WIDTH * (position + 0.5);
}

function widen(widths: number[], { firstGap, lastGap }: Interval<unknown, unknown>, wanted: number): void {
  const width = widths.slice(firstGap, lastGap + 1).reduce((sum, gap) => sum + gap, 0);
  const more = Math.max(0, wanted - width) / (lastGap - firstGap + 1);
  for (let gap = firstGap; gap <= lastGap; gap++) widths[gap] = (widths[gap] ?? 0) + more;
}

function runningSums(widths: readonly number[]): readonly number[] {
  const starts = [0];
  for (const width of widths) starts.push((starts.at(-1) ?? 0) + width);
  return starts;
}

function startOf(starts: readonly number[], gap: number): number {
  return present(starts[gap], "a gap of the picture");
}

/** Clients in order of their names; operations with an end in a client's first rows, open ones below. */
function rowsOf<Input, Output>(intervals: readonly Interval<Input, Output>[]) {
  const rowOf = new Map<Interval<Input, Output>, number>();
  const clients: string[] = [];
  const names = [...new Set(intervals.map(({ operation }) => operation.client))].sort(byNumberInName);
  for (const client of names) {
    const firstRow = clients.length;
    const own = intervals.filter(({ operation }) => operation.client === client);
    const ends: number[] = [];
    for (const interval of [...own].sort((a, b) => openLast(a) - openLast(b))) {
      let row = ends.findIndex((end) => end < interval.firstGap);
      if (row === -1) row = ends.length;
      ends[row] = interval.lastGap;
      rowOf.set(interval, firstRow + row);
    }
    for (let row = 0; row < ends.length; row++) clients.push(client);
  }
  return { rowOf, clients };
}

function openLast({ operation }: Interval<unknown, unknown>): number {
  return endOf(operation) === Infinity ? 1 : 0;
}

/** c2 before c10. */
function byNumberInName(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
