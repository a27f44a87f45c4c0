// Messages that no member wrote, and a network that carries none.
import { lifeNumber } from "../../../core/replica/life-number.ts";
import type { PeerMessage } from "../../../core/replica/peer-message.ts";
import type { ReplicaWorld } from "./replica-world.ts";

/** A member that the others don't hear, and that doesn't hear them. */
export function isolate(world: ReplicaWorld, name: string): void {
  world.passes = ({ from, to }) => from !== name && to !== name;
}

export function envelopeOf(
  world: ReplicaWorld,
  from: string,
  { to, body }: { readonly to: string; readonly body: PeerMessage["body"] },
): PeerMessage {
  const { disk } = world.at(from);
  const fields = { cluster: "c", group: "g", from, to, boot: lifeNumber(disk.boot, 0), wallMs: 0, version: 1 };
  return { ...fields, body } as unknown as PeerMessage;
}
