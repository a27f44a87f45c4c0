// Makes one survivor the whole group, on its data directory, while its process is down: core/raft/forced-membership.ts
// decides what is written. Everything is checked and told before anything is changed.
import { forceMembership } from "../../core/raft/forced-membership.ts";
import type { ForcedMembership } from "../../core/raft/forced-membership.ts";
import { foundingMembership } from "../../core/raft/membership.ts";
import { foundingOf } from "../../core/replica/identity.ts";
import type { Identity } from "../../core/replica/identity.ts";
import type { DataDirectory } from "./data-directory.ts";
import { openDataDirectory } from "./data-directory.ts";
import type { DiskProblem } from "./disk-problem.ts";
import type { FilePort } from "./file-port.ts";
import { DEFAULT_LOG_LIMITS } from "./log/log-options.ts";
import { openMemberStorage } from "./member-storage.ts";
import type { MemberStorage } from "./member-storage.ts";
import type { LogWrite, WriteAheadLog } from "./write-ahead-log.ts";

export type RecoveryPlan = {
  readonly identity: Identity;
  readonly lastIndex: number;
  readonly lastTerm: number;
  readonly forced: ForcedMembership;
};

export type GroupRecovery = {
  readonly files: FilePort;
  readonly path: string;
  /** This counts as a start of the member. */
  readonly mark: number;
  /** Why this directory is not the one; null if it is. */
  readonly whyNot: (identity: Identity | null) => string | null;
  /** Looks at what would be done, and says whether to do it. */
  readonly confirm: (plan: RecoveryPlan) => Promise<boolean>;
};

export type RecoveryResult = "done" | "notConfirmed" | { readonly refused: string };

/** Rejects with a message for a person when the disk does not play along. */
export async function recoverGroup({ files, path, mark, whyNot, confirm }: GroupRecovery): Promise<RecoveryResult> {
  const directory = await new Promise<DataDirectory>((resolve, reject) => {
    openDataDirectory({ files, path, mark }, (problem, opened) => (problem === null ? resolve(opened) : reject(failure(problem))));
  });
  try {
    const { identity } = directory;
    const reason = whyNot(identity);
    if (reason !== null) return { refused: reason };
    if (identity === null || identity.kind === "unborn")
      return { refused: "this member never belonged to a group: there is nothing to recover" };
    return await recoverMember(directory, identity, confirm);
  } finally {
    await new Promise<void>((resolve) => directory.close(() => resolve()));
  }
}

async function recoverMember(directory: DataDirectory, identity: Identity, confirm: GroupRecovery["confirm"]): Promise<RecoveryResult> {
  const { storage, failed } = await openStorage(directory, identity);
  const { snapshots, recovered } = storage;
  const { log, hardState, base, entries } = recovered;
  try {
    const snapshot = snapshots.newest;
    const membership = snapshot?.membership ?? foundingMembership(foundingOf(identity)?.members ?? []);
    const forced = forceMembership({ hardState, base, entries, snapshot, membership }, identity.member);
    const last = entries.at(-1) ?? base;
    if (!(await confirm({ identity, lastIndex: last.index, lastTerm: last.term, forced }))) return "notConfirmed";
    const write = { restartAfter: null, truncateFrom: null, hardState: forced.hardState, entries: [forced.entry] };
    await Promise.race([append(log, write), failed]);
    return "done";
  } finally {
    const closing = new Promise<void>((resolve) => log.close(() => snapshots.close(() => resolve())));
    await Promise.race([closing, failed.catch(() => undefined)]); // a log that failed says nothing any more
  }
}

/** A member waits for room on its disk; a person waits for an answer. */
function append(log: WriteAheadLog, write: LogWrite): Promise<void> {
  return new Promise((resolve, reject) => {
    log.whenStuck(({ message }) => reject(new Error(`${message} The group is as it was: make room, and run this again.`)));
    log.append(write, resolve);
  });
}

type OpenedStorage = {
  readonly storage: MemberStorage;
  /** Rejects when the disk fails while the log already writes. */
  readonly failed: Promise<never>;
};

function openStorage(directory: DataDirectory, { member }: Identity): Promise<OpenedStorage> {
  let onFailure: (problem: DiskProblem) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => (onFailure = (problem) => reject(failure(problem))));
  const opened = new Promise<OpenedStorage>((resolve, reject) => {
    openMemberStorage({ directory, member, limits: DEFAULT_LOG_LIMITS, onFailure, observe: () => undefined }, (problem, storage) => {
      if (problem === null) resolve({ storage, failed });
      else reject(failure(problem));
    });
  });
  return Promise.race([opened, failed]);
}

const failure = ({ message }: DiskProblem): Error => new Error(message);
