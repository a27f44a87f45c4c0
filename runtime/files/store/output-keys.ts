// Where the pairs of `kv:` outputs lie, and what else there is of them while they are written.
//
//   PREFIX                                       the pointer: by which job, where, whether it is whole
//   flotilla/outputs/JOB-x/pairs/KEY             what readers see when the pointer says so
//   flotilla/outputs/JOB-x/parts/part-00003-2/N  what attempt 2 has written, in chunks
//   flotilla/outputs/JOB-x/shown/part-00003      the part's pairs are all among `pairs`
//   flotilla/output-list/JOB-x                   that there is such an output, where its pointer is and since when

const ROOT = "flotilla/outputs/";
export const OUTPUT_LIST = "flotilla/output-list/";

/** `name`: never used twice. */
export const outputAt = (name: string): string => `${ROOT}${name}/`;
export const listedAs = (at: string): string => `${OUTPUT_LIST}${at.slice(ROOT.length, -1)}`;
export const pairsIn = (at: string): string => `${at}pairs/`;
export const partsIn = (at: string): string => `${at}parts/`;
export const shownIn = (at: string): string => `${at}shown/`;

/** `isTidy`: what attempts wrote after the output was whole is gone, too. */
export type Listed = { readonly prefix: string; readonly sinceMs: number; readonly isTidy: boolean };
export const encodeListed = (listed: Listed): string => JSON.stringify(listed);
export const decodeListed = (text: string): Listed => JSON.parse(text) as Listed;

const CHUNK_DIGITS = 8;
export const chunkKey = (part: string, chunk: number): string => `${part}${String(chunk).padStart(CHUNK_DIGITS, "0")}`;

/** Keys of the store have 1,024 bytes at most. */
export const KEY_BYTES_MAX = 1_024;
