// How events, and what follows from them, look in a trace: as a number in the hash, as a line for people.
import type { Message } from "../../../core/raft/messages.ts";
import type { ReplicaEvent } from "../../../core/replica/events.ts";
import type { World } from "./world.ts";

export const EVENT_NUMBERS: { readonly [K in ReplicaEvent["kind"]]: number } = {
  tick: 1,
  turnEnded: 2,
  peerMessage: 3,
  diskWritten: 4,
  diskSpace: 5,
  clientRequest: 6,
  requestAbandoned: 7,
  snapshotSliceWritten: 8,
  snapshotSaved: 9,
  snapshotFailed: 10,
  snapshotPieceRead: 11,
  snapshotPieceWritten: 12,
  restoreSlice: 13,
  shutdown: 14,
  groupAnswered: 15,
  livesRemembered: 16,
};

/** Of what comes out. */
export const EFFECT_NUMBERS = { messageSent: 17, logWritten: 18, answered: 19 } as const;
export const OUTCOME_NUMBERS = { done: 1, refused: 2, unknown: 3 } as const;

export function describeEvent(world: World, who: string, event: ReplicaEvent): void {
  if (event.kind === "tick" || event.kind === "turnEnded") return;
  world.trace.line(world.nowUs, `${who} <- ${describe(event)}`);
}

function describe(event: ReplicaEvent): string {
  if (event.kind === "peerMessage") {
    const { body, from } = event.message;
    return body.kind === "raft" ? `${from}: ${describeMessage(body.message)}` : `${from}: ${body.kind}`;
  }
  if (event.kind === "clientRequest") return `${event.kind} ${event.request.id} ${event.request.operation.kind}`;
  return JSON.stringify(event, (_, value: unknown) => (value instanceof Uint8Array ? `${value.length} bytes` : value));
}

function describeMessage(message: Message): string {
  const { kind, term } = message;
  if (kind === "append") {
    const { previous, entries, commitIndex, round } = message;
    return `append term ${term} after ${previous.index}/${previous.term}: ${entries.length} entries, commit ${commitIndex}, round ${round}`;
  }
  const rest: Record<string, unknown> = { ...message };
  for (const known of ["kind", "term", "from", "to"]) Reflect.deleteProperty(rest, known);
  const text = JSON.stringify(rest, (_, value: unknown) => (value instanceof Uint8Array ? `${value.length} bytes` : value));
  return `${kind} term ${term} ${text}`;
}
