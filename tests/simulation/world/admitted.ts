// Which messages of a turn a replica let in: all but those of which it says that it refused them. It names only the sender;
// of several messages of one sender it refuses those of earlier lives.
import { startsOf } from "../../../core/replica/life-number.ts";
import type { ReplicaEffect } from "../../../core/replica/effects.ts";
import type { PeerMessage } from "../../../core/replica/peer-message.ts";

export function admitted(messages: readonly PeerMessage[], effects: readonly ReplicaEffect[]): readonly PeerMessage[] {
  if (messages.length === 0) return messages;
  const refused = effects.flatMap((effect) => {
    return effect.kind === "observe" && effect.observation.kind === "envelopeRefused" ? [effect.observation.from] : [];
  });
  if (refused.length === 0) return messages;
  const gone = new Set<PeerMessage>();
  for (const sender of refused) {
    const candidates = messages.filter((message) => message.from === sender && !gone.has(message));
    const [oldest] = candidates.sort((a, b) => startsOf(a.boot) - startsOf(b.boot));
    if (oldest !== undefined) gone.add(oldest);
  }
  return messages.filter((message) => !gone.has(message));
}
