// What backups are called where there are several: by their cluster, so that those of two never get mixed up, and by when they were begun, so
// that names in order are backups in order. Whatever has another name is none of them, and is left alone. Pure.

/** The name says what is in it: lines of JSON, packed. */
const NAME = /^flotilla-([A-Za-z0-9._-]+)-(\d{8}T\d{6}Z)\.jsonl\.gz$/;

export type NamedBackup = { readonly name: string; readonly cluster: string; readonly begunAtMs: number };

export function backupName(cluster: string, begunAtMs: number): string {
  const moment = new Date(begunAtMs).toISOString().replace(/[-:]|\.\d{3}/g, "");
  return `flotilla-${inName(cluster)}-${moment}.jsonl.gz`;
}

/** Null: it is something else. */
export function readBackupName(name: string): NamedBackup | null {
  const [, cluster, moment] = NAME.exec(name) ?? [];
  if (cluster === undefined || moment === undefined) return null;
  const begunAtMs = Date.parse(moment.replace(/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/, "$1-$2-$3T$4:$5:$6Z"));
  return Number.isNaN(begunAtMs) ? null : { name, cluster, begunAtMs };
}

/** The newest first. */
export function backupsAmong(names: readonly string[]): readonly NamedBackup[] {
  const found = names.map(readBackupName).filter((each) => each !== null);
  return found.sort((a, b) => b.begunAtMs - a.begunAtMs);
}

/** Those of this cluster that are more than so many. */
export function tooOld(names: readonly string[], cluster: string, keep: number): readonly string[] {
  const own = backupsAmong(names).filter((each) => each.cluster === inName(cluster));
  return own.slice(keep).map(({ name }) => name);
}

/** Of a backup of this cluster that was begun longer ago than one may take. */
export function isAbandoned(name: string, cluster: string, earliestMs: number): boolean {
  const named = readBackupName(name);
  return named !== null && named.cluster === inName(cluster) && named.begunAtMs < earliestMs;
}

const inName = (cluster: string): string => cluster.replace(/[^A-Za-z0-9._-]/g, "_");
