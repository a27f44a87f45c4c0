// Shards go to another group, and the leader that gives them is killed in the moment in which it has ceased to serve one and the
// other group does not have all of it yet: what the giver holds then is the only copy.
import type { Stage, Struck } from "./stage.ts";

/** For so long that moment is looked for; a move takes less, also on a busy machine. */
const LOOK_FOR_MS = 15_000;

/**
 * The receiver's leader goes on for no longer than it takes to answer once, and then stands still until the giver has been looked at.
 * So the moment, which else lasts a few milliseconds, is not missed.
 */
export async function handOver({ injector, ask, moveShards }: Stage, { group, name }: Struck): Promise<void> {
  const receiver = await moveShards(group.group);
  const leader = receiver?.leader ?? null;
  if (receiver === null || leader === null) return injector.perform("kill", name);
  const untilMs = performance.now() + LOOK_FOR_MS;
  for (;;) {
    await injector.perform("halt", leader);
    // Who does not answer in time is asked again: on a busy machine that is no sign of anything.
    const standing = await ask(group, name);
    if (standing?.givesFrozen === true || performance.now() > untilMs) break;
    await injector.perform("resume", leader);
    await ask(receiver, leader);
  }
  await injector.perform("kill", name);
  // Not so late that it would be deposed: it is asked next whether the shard has arrived.
  await injector.perform("resume", leader);
}
