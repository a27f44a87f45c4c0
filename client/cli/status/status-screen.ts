// A cluster on one screen, for a person: the answer first, then why, then everything. Pure.
import type { Paint } from "../terminal.ts";
import { count, counted, MARKS } from "../terminal.ts";
import type { ClusterView, GroupView, Health, MemberView, MoveView } from "./cluster-view.ts";

const HEADS = ["", "process", "role", "term", "lag", "shards", "keys", "pid", "address"] as const;
const NUMBERS = new Set([3, 4, 5, 6, 7]);
const MOVES_MAX = 8;

type Cells = readonly string[];

export function statusScreen(view: ClusterView, paint: Paint): string {
  return [headline(view, paint), ...problems(view, paint), "", ...processes(view, paint), ...moves(view, paint)].join("\n");
}

const COLORS: Readonly<Record<Health, "green" | "yellow" | "red">> = { healthy: "green", degraded: "yellow", down: "red" };
const WORDS: Readonly<Record<Health, string>> = {
  healthy: `${MARKS.good} Healthy`,
  degraded: `${MARKS.warning} Degraded`,
  down: `${MARKS.bad} Down`,
};

function headline({ health, groups, owners, keys, name, moves }: ClusterView, paint: Paint): string {
  const replicas = groups.filter(({ service }) => service === "replica");
  const controllers = groups.find(({ service }) => service === "shard-controller");
  const parts = [
    counted(replicas.length, "group"),
    counted(
      replicas.reduce((sum, { members }) => sum + members.length, 0),
      "replica",
    ),
    ...(controllers === undefined ? [] : [counted(controllers.members.length, "controller")]),
    ...(owners === null ? [] : [counted(owners.length, "shard")]),
    counted(keys, "key"),
    ...(moves.length === 0 ? [] : [counted(moves.length, "move")]),
  ];
  return `${paint[COLORS[health]](paint.bold(WORDS[health]))}  ${parts.join(" · ")}  ${paint.dim(name)}`;
}

function problems({ problems, health }: ClusterView, paint: Paint): readonly string[] {
  return problems.map((problem) => `  ${paint[health === "down" ? "red" : "yellow"](problem)}`);
}

function processes({ groups, configNumber }: ClusterView, paint: Paint): readonly string[] {
  const rows = groups.map(({ members }) => members.map(cellsOf));
  const widths = HEADS.map((head, i) => Math.max(head.length, ...rows.flat().map((cells) => cells[i]?.length ?? 0)));
  // A column in which nobody has anything to say is left out.
  const used = HEADS.map((_, i) => i === 0 || rows.flat().some((cells) => cells[i] !== ""));
  const line = (cells: Cells, style: (cell: string, i: number) => string): string =>
    cells
      .map((cell, i) => ({ i, text: style(NUMBERS.has(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0), i) }))
      .filter(({ i }) => used[i])
      .map(({ text }) => text)
      .join("  ")
      .trimEnd();
  const head = `  ${line([...HEADS], (cell) => paint.dim(cell))}`;
  const sections = groups.flatMap((group) => [
    titleOf(group, configNumber, paint),
    ...group.members.flatMap((member) => [`  ${line(cellsOf(member), styleOf(member, paint))}`, ...noteOf(member, paint)]),
    "",
  ]);
  return [head, ...sections.slice(0, -1)];
}

function titleOf({ service, group, leader, shards, health, members }: GroupView, configNumber: number | null, paint: Paint): string {
  const title = service === "replica" ? `Group ${group}` : `${group[0]?.toUpperCase() ?? ""}${group.slice(1)}`;
  if (service === "coordinator" || service === "worker") {
    const said = health === "down" ? paint.red("none of them is well") : leader === null ? "" : `${leader} has the jobs`;
    return `${paint.bold(title)}  ${paint.dim(said)}`.trimEnd();
  }
  const facts = [
    health === "down"
      ? paint.red(members.every(({ pid }) => pid === null) ? "does not run" : leader === null ? "no leader" : "no majority")
      : `${leader ?? ""} leads`,
    ...(shards === null ? [] : [`owns ${counted(shards, "shard")}`]),
    ...(service === "shard-controller" && configNumber !== null ? [`configuration ${configNumber}`] : []),
  ];
  return `${paint.bold(title)}  ${paint.dim(facts.join(" · "))}`;
}

function cellsOf({ name, role, isWell, term, lag, shards, keys, pid, http }: MemberView): Cells {
  const number = (value: number | null): string => (value === null ? "" : count(value));
  const mark = isWell ? MARKS.good : role === "down" || role === "stopped" || role === "silent" ? MARKS.bad : MARKS.warning;
  return [
    mark,
    name,
    role,
    number(term),
    number(lag),
    number(shards),
    number(keys),
    pid === null || pid === undefined ? "" : String(pid),
    http,
  ];
}

function styleOf({ role, isWell, lag }: MemberView, paint: Paint): (cell: string, i: number) => string {
  const state = isWell ? paint.green : role === "down" || role === "stopped" || role === "silent" ? paint.red : paint.yellow;
  return (cell, i) => {
    if (i === 0 || (i === 2 && !isWell)) return state(cell);
    if (i === 2 && role === "leader") return paint.bold(cell);
    if (i === 4 && (lag ?? 0) > LAG_WORTH_A_LOOK) return paint.yellow(cell);
    return i === 8 ? paint.dim(cell) : cell;
  };
}

/** Entries. Below it a member is only one round trip behind. */
const LAG_WORTH_A_LOOK = 1_000;

function noteOf({ note }: MemberView, paint: Paint): readonly string[] {
  return note === null || note === "" ? [] : [`     ${paint.dim(note)}`];
}

function moves({ moves }: ClusterView, paint: Paint): readonly string[] {
  if (moves.length === 0) return [];
  const rest = moves.length - MOVES_MAX;
  return [
    "",
    paint.bold("Moves"),
    ...moves.slice(0, MOVES_MAX).map((move) => moveText(move, paint)),
    ...(rest > 0 ? [paint.dim(`  and ${rest} more`)] : []),
  ];
}

function moveText({ shard, from, to, state }: MoveView, paint: Paint): string {
  return `  shard ${String(shard).padStart(3)}  ${from === null ? "" : `group ${from} `}→ group ${to}  ${paint.cyan(state)}`;
}
