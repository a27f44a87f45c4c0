// What stands beside the parts of an `s3:` output: a reservation while a job writes, and a manifest, written last, which says that all of it is
// there. Its name is that by which other tools recognise it.

export const RESERVATION = "_flotilla";
/** What a reservation says, instead of its job's run alone, while what its job has left is taken away: nothing is begun there any more. */
export const closedBy = (run: string): string => `${run} closed`;
/** By whom a folder is reserved, whether it is closed or not. */
export const runIn = (reservation: string): string => reservation.replace(/ closed$/, "");
export const MANIFEST = "_SUCCESS";

export type Manifest = { readonly job: string; readonly parts: readonly string[] };

export function encodeManifest({ job, parts }: Manifest): string {
  return JSON.stringify({ kind: "flotilla.output", job, parts });
}

/** The parts; null: it is that of another tool, which does not name them. */
export function decodeManifest(text: string | null): readonly string[] | null {
  try {
    const { kind, parts } = JSON.parse(text ?? "") as Readonly<Record<string, unknown>>;
    return kind === "flotilla.output" && Array.isArray(parts) ? parts.map(String) : null;
  } catch {
    return null;
  }
}
