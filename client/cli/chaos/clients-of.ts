// The clients that work on a cluster while it is broken, wherever it is: some that wait, some that give up soon, over both doors; and
// for each member some that ask that one alone.
import type { Context } from "../cluster/context.ts";
import { openKeyValues } from "../cluster/key-values.ts";
import type { Door } from "../load/door.ts";
import { httpDoor } from "../load/http-door.ts";
import { openMemberDoor } from "../load/member-door.ts";
import type { RecordedClient } from "../load/recorded-clients.ts";
import type { RedisAddress } from "../load/redis-door.ts";
import { openRedisDoor } from "../load/redis-door.ts";
import type { ChaosCluster } from "./run.ts";

/** The page of a run, and one that is short however long the run was. */
export type Pages = { readonly whole: string; readonly short: string };

/** How it can be had, and what a person has to know of that; null: it can't be had, or there is nothing to know. */
export type Kept = { readonly how: string | null; readonly problem: string | null };

export type PageKeeper = {
  /** From now on no earlier run's page is taken for this one's. */
  begin(run: string): Promise<void>;
  keep(pages: Pages): Promise<Kept>;
};

export type OpenCluster = ChaosCluster & {
  /** Where the page can be had later; undefined: nowhere. */
  readonly pages?: PageKeeper;
  readonly close: () => Promise<void>;
};

export type ClientsOptions = {
  /** Read anew for each client. */
  readonly context: () => Context;
  /** Of the Redis doors of all members. */
  readonly addresses: readonly RedisAddress[];
  readonly password: string | null;
};

export type Clients = { readonly recorded: readonly RecordedClient[]; readonly journals: readonly Door[]; readonly pulse: Door };

/** Those that wait until they know, those that soon give up and so often don't, and those that must know in the end. */
const PATIENT = { deadlineMs: 5_000, attemptMs: 700, exactlyOnce: true };
const IMPATIENT = { deadlineMs: 400, attemptMs: 400, exactlyOnce: false };
const CERTAIN = { deadlineMs: 30_000, attemptMs: 700, exactlyOnce: true };
/** Gives up before a group that serves again would be asked too late. */
const PULSE = { deadlineMs: 2_000, attemptMs: 700, exactlyOnce: false };
const MEMBER_ATTEMPT_MS = 400;
/** Of each kind. */
const CLIENTS = 3;
/** Of each member, on one connection. */
const READERS = 3;

export async function clientsOf({ context, addresses, password }: ClientsOptions): Promise<Clients> {
  const redis = async (deadlineMs: number): Promise<readonly Door[]> =>
    addresses.length === 0 ? [] : [await openRedisDoor({ addresses, password, deadlineMs })];
  const several = async (open: () => readonly Door[] | Promise<readonly Door[]>): Promise<readonly Door[]> =>
    (await Promise.all(Array.from({ length: CLIENTS }, open))).flat();
  const writers = [
    ...(await several(() => [httpDoor(openKeyValues(context(), PATIENT))])),
    ...(await several(() => [httpDoor(openKeyValues(context(), IMPATIENT))])),
    ...(await several(() => redis(PATIENT.deadlineMs))),
  ];
  const readers = await Promise.all(addresses.map((address) => openMemberDoor({ address, password, attemptMs: MEMBER_ATTEMPT_MS })));
  const journals = [...(await several(() => [httpDoor(openKeyValues(context(), CERTAIN))])), ...(await redis(CERTAIN.deadlineMs))];
  return {
    recorded: [
      ...writers.map((door) => ({ door })),
      ...readers.flatMap((door) => Array.from({ length: READERS }, () => ({ door, readsOnly: true }))),
    ],
    journals,
    pulse: httpDoor(openKeyValues(context(), PULSE)),
  };
}

export async function closeAll({ recorded, journals, pulse }: Clients): Promise<void> {
  await Promise.all([...new Set([...recorded.map(({ door }) => door), ...journals, pulse])].map((door) => door.close()));
}
