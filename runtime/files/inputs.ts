// Inputs by the scheme of their URL: what files there are, and their bytes.
import type { InputSplit } from "../../core/mapreduce/assignment.ts";
import type { InputFile } from "../../core/mapreduce/report.ts";
import { TaskProblem } from "../tasks/task-problem.ts";
import type { Pair } from "../tasks/records/pair-frames.ts";

export type Listing = {
  /** About so much of the input goes to one map: for kinds whose files are cut where they are listed. */
  readonly splitBytes: number;
};

export interface InputKind {
  /** The files that a URL means: one, those of a folder, or those that a pattern matches; in order. */
  list(url: string, listing: Listing): Promise<readonly InputFile[]>;
  /** From byte `from` on, to the end of the file or until nobody asks any more. A piece is valid until the next one is asked for. */
  read(split: InputSplit, from: number): AsyncIterable<Buffer>;
  /** Instead, where the input is made of keys and values. */
  pairs?(split: InputSplit): AsyncIterable<readonly Pair[]>;
}

export class Inputs {
  readonly #kinds: Readonly<Record<string, InputKind>>;

  /** By scheme, without the colon. */
  constructor(kinds: Readonly<Record<string, InputKind>>) {
    this.#kinds = kinds;
  }

  list(url: string, listing: Listing): Promise<readonly InputFile[]> {
    return this.#kindOf(url).list(url, listing);
  }

  read(split: InputSplit, from: number): AsyncIterable<Buffer> {
    return this.#kindOf(split.url).read(split, from);
  }

  /** Null: it is read as bytes. */
  pairs(split: InputSplit): AsyncIterable<readonly Pair[]> | null {
    return this.#kindOf(split.url).pairs?.(split) ?? null;
  }

  #kindOf(url: string): InputKind {
    const scheme = schemeOf(url);
    const kind = Object.hasOwn(this.#kinds, scheme) ? this.#kinds[scheme] : undefined;
    if (kind !== undefined) return kind;
    const known = Object.keys(this.#kinds).map((each) => `${each}:`);
    throw new TaskProblem("badUrl", `${JSON.stringify(url)} can't be an input: it begins with none of ${known.join(", ")}`);
  }
}

export function schemeOf(url: string): string {
  return /^([a-z][a-z0-9+.-]*):/.exec(url)?.[1] ?? "";
}

/** By the name: what ends in `.gz` is packed, and can't be read from the middle. */
export function packingOf(name: string): Pick<InputFile, "compression" | "splittable"> {
  return name.endsWith(".gz") ? { compression: "gzip", splittable: false } : { compression: "none", splittable: true };
}
