// What a person names as the place of a backup: a file or a folder of this machine, or s3://bucket/prefix. Where a folder is named to read
// from, its newest backup is meant.
import { statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { S3Client } from "../../../runtime/files/s3/s3-client.ts";
import { folderOf, objectOf } from "../../../runtime/files/s3/s3-url.ts";
import { s3SettingsIn } from "../../../runtime/settings/s3-settings.ts";
import { ConfigError, settingsReader } from "../../../runtime/settings/settings.ts";
import type { Environment } from "../config.ts";
import { Trouble, UsageError } from "../trouble.ts";
import type { BackupHome } from "./backup-home.ts";
import { backupsAmong } from "./backup-names.ts";
import type { BackupSource } from "./backup-reading.ts";
import { FolderHome } from "./folder-home.ts";
import { S3Home } from "./s3-home.ts";

/** Null: each backup has a name of its own there. */
export type Target = { readonly home: BackupHome; readonly name: string | null };

const isS3 = (text: string): boolean => text.startsWith("s3://");

export function targetAt(text: string, environment: Environment): Target {
  if (isS3(text)) return { home: new S3Home({ s3: s3ClientOf(environment), folder: folderOf(text) }), name: null };
  const kind = kindOf(text);
  if (kind === "folder") return { home: new FolderHome(text), name: null };
  if (kind === "file") throw new UsageError(`there is a ${text} already`, "give it another name, or name a folder");
  if (text.endsWith("/") || kindOf(dirname(text)) !== "folder")
    throw new UsageError(`there is no folder ${dirname(`${text}x`)}`, "make it first");
  return { home: new FolderHome(dirname(text)), name: basename(text) };
}

export async function sourceAt(text: string, environment: Environment): Promise<BackupSource> {
  const { home, name } = isS3(text) ? await s3Source(text, environment) : fileSource(text);
  const meant = name ?? newestIn(text, await home.names());
  return { name: home.shown(meant), read: () => home.read(meant) };
}

async function s3Source(text: string, environment: Environment): Promise<Target> {
  const s3 = s3ClientOf(environment);
  const object = objectOf(text);
  const slash = object.key.lastIndexOf("/") + 1;
  const name = object.key.slice(slash);
  const around = new S3Home({ s3, folder: { ...object, key: object.key.slice(0, slash) } });
  if (name !== "" && (await around.has(name))) return { home: around, name };
  return { home: new S3Home({ s3, folder: folderOf(text) }), name: null };
}

function fileSource(text: string): Target {
  const kind = kindOf(text);
  if (kind === null) throw new UsageError(`there is no ${text}`);
  return kind === "folder" ? { home: new FolderHome(text), name: null } : { home: new FolderHome(dirname(text)), name: basename(text) };
}

function newestIn(text: string, names: readonly string[]): string {
  const backups = backupsAmong(names);
  const clusters = new Set(backups.map(({ cluster }) => cluster));
  if (clusters.size > 1)
    throw new Trouble(`${text} has backups of ${clusters.size} clusters`, `name the one that is meant: ${backups[0]?.name ?? ""}`);
  const [newest] = backups;
  if (newest === undefined) throw new Trouble(`there is no backup in ${text}`, "make one: flotilla backup create");
  return newest.name;
}

function kindOf(path: string): "file" | "folder" | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? null : found.isDirectory() ? "folder" : "file";
}

function s3ClientOf(environment: Environment): S3Client {
  try {
    const settings = s3SettingsIn(settingsReader(environment));
    if (settings !== null) return new S3Client(settings);
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message);
    throw error;
  }
  throw new UsageError("where s3: is, is not known", "set FLOTILLA_S3_ENDPOINT, FLOTILLA_S3_ACCESS_KEY and FLOTILLA_S3_SECRET_KEY");
}
