// What was committed of a part before the whole output was shown: it lies in the hidden folder of its job, as an attempt or published.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export type Committed = {
  readonly directory: string;
  readonly id: string;
  readonly task: number;
  /** An attempt that did not count. */
  readonly not: number;
};

/** Null: it is being given another name just now. */
export function committedPart({ directory, id, task, not }: Committed): string | null {
  const part = partOf(task);
  const shown = contentOf(join(directory, `out-${id}`, part));
  if (shown !== null) return shown;
  for (const hidden of namesIn(directory).filter((name) => name.startsWith(`.out-${id}.`) && name.endsWith(".flotilla"))) {
    const published = contentOf(join(directory, hidden, "parts", part));
    if (published !== null) return published;
    const attempts = join(directory, hidden, "attempts");
    const name = namesIn(attempts).find((each) => isAttempt(each, part) && each !== `${part}-${not}`);
    const written = name === undefined ? null : contentOf(join(attempts, name));
    if (written !== null) return written;
  }
  return null;
}

export const shownPart = ({ directory, id, task }: Omit<Committed, "not">): string | null =>
  contentOf(join(directory, `out-${id}`, partOf(task)));

const partOf = (task: number): string => `part-${String(task).padStart(5, "0")}`;
/** And none that is still written. */
const isAttempt = (name: string, part: string): boolean => name.startsWith(`${part}-`) && /-\d+$/.test(name);

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function contentOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
