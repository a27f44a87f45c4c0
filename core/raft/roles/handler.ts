// The shape of the table in role-table.ts: one row per role, one cell per message and one for the clock. A missing cell
// does not compile, and "ignored" is written down.
import type { MessageKind, MessageOf } from "../messages.ts";
import type { RaftState, Role } from "../state.ts";

export type RoleOf<K extends Role["kind"]> = Extract<Role, { readonly kind: K }>;

export type MessageHandler<R, K extends MessageKind> = (state: RaftState, role: R, message: MessageOf<K>) => void;

export type RoleRow<R> = {
  readonly tick: (state: RaftState, role: R) => void;
  /** How many ticks it takes, when nothing arrives, until the last of them has something to do. */
  readonly quietTicks: (state: RaftState, role: R) => number;
  /** The disk has confirmed a batch; `state.log.durableIndex` may have risen, and an own vote may have become durable. */
  readonly persisted: (state: RaftState, role: R) => void;
} & { readonly [K in MessageKind]: MessageHandler<R, K> };

export function ignore(): void {
  // A late answer to a question that this role didn't ask, or that was settled meanwhile.
}
