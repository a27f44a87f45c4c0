// Places are closed in the log, as before a group is made smaller, and opened again later: whoever loses its disk meanwhile and
// sits in one of them waits outside.
import type { World } from "../world/world.ts";
import type { Fault } from "./fault.ts";

const ASK_EVERY_US = 20_000;

export const placesClosed: Fault = {
  weight: 2,
  forMs: { min: 200, max: 2_000 },
  begin(world, { dice }) {
    const from = Math.floor(dice[0] * world.processes.length);
    world.leader?.ask({ kind: "changeMembership", change: { kind: "closePlaces", from } }, (outcome) => {
      if (outcome.kind === "done") world.effects["places closed"]++;
    });
    return () => open(world);
  },
};

/** Until some leader has done it. */
function open(world: World): void {
  let isDone = false;
  world.leader?.ask({ kind: "changeMembership", change: { kind: "closePlaces", from: null } }, (outcome) => {
    isDone ||= outcome.kind === "done";
  });
  world.after(ASK_EVERY_US, () => {
    if (!isDone) open(world);
  });
}
