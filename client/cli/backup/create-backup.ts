// Writes a backup: all keys, page by page, while the store is used. Each page is linearizable, all of them together are not one moment.
import { valueOf } from "../cluster/key-values.ts";
import { Trouble } from "../trouble.ts";
import type { KvClient } from "../../kv-client.ts";
import type { BackupHome } from "./backup-home.ts";
import type { BackupRecord } from "./backup-lines.ts";
import { isAbandoned, tooOld } from "./backup-names.ts";
import type { BackupFacts } from "./backup-reading.ts";
import { writeBackup } from "./backup-writing.ts";
import { isOfTheMoment, RESTORE_KEY } from "./own-keys.ts";
import type { WorkTime } from "./work-time.ts";

export type CreateOptions = {
  readonly store: Pick<KvClient, "get" | "scanPage">;
  readonly cluster: string;
  readonly home: BackupHome;
  /** What it will be called there. */
  readonly name: string;
  readonly begunAtMs: number;
  readonly time: WorkTime;
  /** So far. */
  readonly onProgress: (keys: number) => void;
};

/** `bytes`: of what is kept. */
export type Created = BackupFacts & { readonly bytes: number };

const PAGE_ENTRIES = 1_000;
/** No backup takes longer. */
export const BACKUP_MS_MAX = 24 * 3_600_000;

export async function createBackup(options: CreateOptions): Promise<Created> {
  const { store, cluster, home, name, begunAtMs, time } = options;
  if (await home.has(name)) throw new Trouble(`there is a ${home.shown(name)} already`, "give it another name, or name a folder");
  if (valueOf(await store.get(RESTORE_KEY, { deadlineMs: time.callMs() })) !== null)
    throw new Trouble(
      "a restore into this store was begun and has not ended: a backup of it would be half of one",
      `end it: flotilla restore; if it was given up: flotilla kv del ${RESTORE_KEY}`,
    );
  const header = { cluster, createdAt: new Date(begunAtMs).toISOString() };
  const written = await writeBackup(header, pagesOf(options), (packed) => home.keep(name, packed));
  return { ...header, ...written };
}

async function* pagesOf({ store, time, onProgress }: CreateOptions): AsyncGenerator<readonly BackupRecord[]> {
  let after: string | null = null;
  let keys = 0;
  do {
    const page: Awaited<ReturnType<KvClient["scanPage"]>> = await store.scanPage("", {
      after,
      limit: PAGE_ENTRIES,
      deadlineMs: time.callMs(),
    });
    const { entries, next } = valueOf(page);
    const records = entries.filter(({ key }) => !isOfTheMoment(key));
    yield records;
    onProgress((keys += records.length));
    after = next;
  } while (after !== null);
}

export type TidyingUp = Pick<CreateOptions, "home" | "cluster"> & { readonly onTrouble: (why: string) => void };
export type Removing = TidyingUp & Pick<CreateOptions, "name"> & { readonly keep: number };

/**
 * Removes what there is more of than is to be kept. `name` was just made: it stays, whatever clocks say, and it is whole whatever becomes of
 * this: trouble is told, and is no reason to make another one.
 */
export async function removeOld({ home, cluster, name, keep, onTrouble }: Removing): Promise<readonly string[]> {
  const removed: string[] = [];
  await orTell(onTrouble, async () => {
    const others = (await home.names()).filter((each) => each !== name);
    for (const each of tooOld(others, cluster, keep - 1)) {
      await home.remove(each);
      removed.push(each);
    }
  });
  return removed;
}

/** What was left unfinished by whoever was ended in the middle. Before a backup is made, which may need the room. */
export async function removeAbandoned({ home, cluster, onTrouble }: TidyingUp): Promise<void> {
  await orTell(onTrouble, () => home.removeUnfinished((each) => isAbandoned(each, cluster, Date.now() - BACKUP_MS_MAX)));
}

async function orTell(onTrouble: TidyingUp["onTrouble"], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    onTrouble(error instanceof Error ? error.message : String(error));
  }
}
