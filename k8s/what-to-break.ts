// What somebody with a new cluster can break, and which panels of which dashboards show it. `make kind-up` ends with it, and a test looks
// every name up in the dashboards that the chart has.
export type Breakage = {
  readonly commands: readonly string[];
  readonly what: string;
  /** Titles, of a dashboard and of a panel in it. */
  readonly moves: readonly (readonly [dashboard: string, panel: string])[];
};

export const BREAKAGES: readonly Breakage[] = [
  {
    commands: ["kubectl delete pod flotilla-replica-1-0"],
    what: "a member goes, and another one leads if it led; no request of a client that retries fails",
    moves: [
      ["Flotilla / Raft", "Roles"],
      ["Flotilla / Raft", "Elections"],
      ["Flotilla / Overview", "Members that answer"],
    ],
  },
  {
    commands: ["kubectl delete pvc data-flotilla-replica-1-1 --wait=false", "kubectl delete pod flotilla-replica-1-1"],
    what: "a disk is lost: its member comes back as a learner, copies everything, and votes",
    moves: [
      ["Flotilla / Raft", "Roles"],
      ["Flotilla / Raft", "What followers lack"],
      ["Flotilla / Raft", "Snapshots"],
    ],
  },
  {
    commands: ["helm upgrade flotilla charts/flotilla --reset-then-reuse-values --set groups=3"],
    what: "a third group takes its share of the shards, while they are used",
    moves: [
      ["Flotilla / Store and shards", "Shards by group and state"],
      ["Flotilla / Store and shards", "Moves"],
      ["Flotilla / Overview", "Who leads"],
    ],
  },
  {
    commands: [
      "kubectl create job chaos-1 --from cronjob/flotilla-chaos",
      // A log that is asked for before there is a pod, or while its image is fetched, is an error.
      "kubectl wait job/chaos-1 --for=jsonpath='{.status.ready}'=1 --timeout=2m",
      "kubectl logs --follow job/chaos-1",
    ],
    what: "five minutes of faults under load, and a verdict in the end: did it keep its promises?",
    moves: [
      ["Flotilla / Chaos run", "Fault of the moment"],
      ["Flotilla / Chaos run", "Leaders meanwhile"],
      ["Flotilla / Chaos run", "Share of requests that succeed"],
    ],
  },
];

/** A line for each command, what it does, and where to look. */
export function breakageLines(breakages: readonly Breakage[]): readonly string[] {
  return breakages.flatMap(({ commands, what, moves }) => [
    "",
    ...commands.map((command) => `  ${command}`),
    `    ${what}`,
    ...byDashboard(moves).map(([dashboard, panels]) => `    look at "${dashboard}": ${panels.map((panel) => `"${panel}"`).join(", ")}`),
  ]);
}

function byDashboard(moves: Breakage["moves"]): readonly (readonly [string, readonly string[]])[] {
  const dashboards = [...new Set(moves.map(([dashboard]) => dashboard))];
  return dashboards.map((dashboard) => [dashboard, moves.filter(([each]) => each === dashboard).map(([, panel]) => panel)]);
}
