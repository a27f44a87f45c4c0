// What clients ask of a replica. A write is refused here while nothing has happened yet, or becomes an entry of the log;
// from then on pending-requests.ts decides how it ends.
import { done, refused } from "../base/outcome.ts";
import type { Outcome, RefusalCode } from "../base/outcome.ts";
import type { MembershipRefusal } from "../raft/inputs.ts";
import { createClientId, isClientId } from "./applied/client-id.ts";
import { SESSION_MS } from "./applied/sessions.ts";
import type { ClientOperation, ClientRequest, Session } from "./events.ts";
import type { ReplicaState } from "./replica-state.ts";
import { whyNotTrusted } from "./watching/watching.ts";

export function acceptRequest(state: ReplicaState, request: ClientRequest): void {
  const { operation } = request;
  const refusal = whyNotNow(state, request);
  if (refusal === null) ACCEPT[operation.kind](state, request, operation as never);
  else state.effects.reply(request.id, refusal);
}

type OperationOf<K extends ClientOperation["kind"]> = Extract<ClientOperation, { readonly kind: K }>;
type Accept<K extends ClientOperation["kind"]> = (state: ReplicaState, request: ClientRequest, operation: OperationOf<K>) => void;
type Refused = Outcome<never>;

const ACCEPT: { readonly [K in ClientOperation["kind"]]: Accept<K> } = {
  write: (state, { id: request, deadlineMs }, operation) => {
    const refusal = whyNotWrite(state, operation) ?? propose(state, operation, { request, deadlineMs });
    if (refusal !== null) state.effects.replyToProposal(request, refusal);
  },
  read: (state, { id: request, deadlineMs }, { query, consistency }) => {
    const arrivedAtStampMs = state.clock.leadingMs;
    if (consistency === "stale") serveRead(state, { request, query });
    else if (state.reads.size < state.options.limits.pendingReadsMax) state.reads.add({ request, deadlineMs, query, arrivedAtStampMs });
    else state.effects.reply(request, refused("overloaded", "too many reads are waiting"));
  },
  newClient: (state, { id: request }) => {
    const { self: member, boot } = state.options.identity;
    const issuedMs = state.clock.estimateMs(state.membership.voters);
    const client = createClientId({ issuedMs, member, boot, count: ++state.clientsIssued });
    state.effects.reply(request, done({ kind: "client", client, expiresAfterMs: SESSION_MS }));
  },
  transferLeadership: (state, { id: request }, { to }) => {
    const result = state.isLeading ? state.raft.transferLeadership({ to, reason: "asked" }) : null;
    if (result === null) state.effects.reply(request, notLeader(state));
    else if (result.kind === "started") state.effects.reply(request, done({ kind: "accepted", term: state.status.term }));
    else state.effects.reply(request, refused(isTransferring(state) ? "transferring" : "badRequest", result.message));
  },
  changeMembership: (state, { id: request, deadlineMs }, { change }) => {
    // Writes that wait don't keep a change out, so changes need a limit of their own where what is committed waits to be applied.
    if (state.requests.hasChange) return state.effects.reply(request, refused("membershipChanging", "an earlier change has no answer yet"));
    const result = state.raft.changeMembership(change);
    if (result.kind === "proposed") state.requests.add({ request, entry: result.id, deadlineMs, wants: "accepted" });
    else if (result.reason === "notLeader") state.effects.reply(request, notLeader(state));
    else state.effects.reply(request, refused(REFUSAL_OF[result.reason], result.message));
  },
};

/** Answers from the applied state as it is now. */
export function serveRead(state: ReplicaState, { request, query }: { readonly request: number; readonly query: Uint8Array }): void {
  const { applied, status } = state;
  const outcome = applied.machine.query(query);
  if (outcome.kind !== "done") state.effects.reply(request, outcome);
  else state.effects.reply(request, done({ kind: "result", result: outcome.value, index: applied.index, term: status.term }));
}

function whyNotNow(state: ReplicaState, { operation, deadlineMs }: ClientRequest): Refused | null {
  if (state.stoppingSinceMs !== null) return whyNotWhenStopping(state, operation);
  if (NEEDS_STATE.has(operation.kind) && !state.isServing)
    return whyNotTrusted(state) ?? refused("starting", "this member is restoring its state");
  // Dated now, a client id would be of 1970: the first write under it would find it expired.
  if (operation.kind === "newClient" && state.ticks === 0) return refused("starting", "this member has not looked at a clock yet");
  return deadlineMs <= state.now.monotonicMs ? refused("deadline", "the deadline had passed when the request arrived") : null;
}

/** Takes nothing in, and says who does: for as long as its doors are open nobody need notice that it goes. */
function whyNotWhenStopping(state: ReplicaState, { kind }: ClientOperation): Refused {
  if (NEEDS_LEADER.has(kind)) {
    if (state.isLeading && isTransferring(state)) return refused("transferring", MESSAGES.transferring);
    if (!state.isLeading && state.status.leader !== null) return notLeader(state);
  }
  return refused("shuttingDown", "this member is stopping");
}

const NEEDS_LEADER: ReadonlySet<ClientOperation["kind"]> = new Set(["write", "transferLeadership", "changeMembership"]);
const NEEDS_STATE: ReadonlySet<ClientOperation["kind"]> = new Set(["write", "read", "newClient"]);

function whyNotWrite(state: ReplicaState, { command, session }: OperationOf<"write">): Refused | null {
  if (!state.isLeading) return notLeader(state);
  if (state.requests.size >= state.options.limits.pendingWritesMax) return refused("overloaded", "too many writes are waiting");
  const refusal = state.whyNotPropose(command);
  if (refusal !== null) return refusal;
  return session === null || isUsable(session) ? null : refused("badRequest", "the client id or its serial is none");
}

type Asker = { readonly request: number; readonly deadlineMs: number };

function propose(state: ReplicaState, { command, session }: OperationOf<"write">, { request, deadlineMs }: Asker): Refused | null {
  const body = state.envelopes.encode({ stampMs: state.clock.stamp(), session, command });
  const result = state.raft.propose({ kind: "command", version: state.options.machine.versionOf(command), body });
  if (result.kind === "refused") {
    if (result.reason === "notLeader") return notLeader(state);
    return refused(REFUSAL_OF[result.reason], MESSAGES[result.reason]);
  }
  state.requests.add({ request, entry: result.id, deadlineMs, wants: "result" });
  return null;
}

function isUsable({ client, serial, acked }: Session): boolean {
  return Number.isSafeInteger(serial) && serial > 0 && Number.isSafeInteger(acked) && acked >= 0 && isClientId(client);
}

function notLeader({ status }: ReplicaState): Refused {
  const { leader, membership } = status;
  if (leader === null || leader === status.self) return refused("notLeader", "no leader is known", { leader: null });
  return refused("notLeader", `${leader} leads`, { leader, address: membership.places[leader]?.address ?? null });
}

/** Asked anew: what this turn's status says may be older than the transfer. */
function isTransferring(state: ReplicaState): boolean {
  return state.raft.status().transferringTo !== null;
}

const REFUSAL_OF: { readonly [R in MembershipRefusal]: RefusalCode } = {
  notLeader: "notLeader",
  overloaded: "overloaded",
  transferring: "transferring",
  tooLarge: "tooLarge",
  changing: "membershipChanging",
  termNotStarted: "starting",
  invalid: "membershipInvalid",
  notCaughtUp: "membershipChanging",
  noQuorum: "noQuorum",
};

const MESSAGES = {
  overloaded: "too much is waiting for a majority",
  transferring: "leadership is being handed over",
  tooLarge: "the request is larger than an entry of the log may be",
} as const;
