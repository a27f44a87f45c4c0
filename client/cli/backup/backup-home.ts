// Where backups are kept. What has a name here is whole: until then it has another one, or none.
import type { Packed } from "./backup-writing.ts";

export type BackupHome = {
  /** Of what has this name here, as a person would call it. */
  readonly shown: (name: string) => string;
  readonly names: () => Promise<readonly string[]>;
  readonly has: (name: string) => Promise<boolean>;
  /** All of it or nothing. Says how many bytes it was. */
  readonly keep: (name: string, packed: Packed) => Promise<number>;
  readonly read: (name: string) => Packed;
  readonly remove: (name: string) => Promise<void>;
  /** What somebody began who was ended in the middle. */
  readonly removeUnfinished: (isAbandoned: (name: string) => boolean) => Promise<void>;
};
