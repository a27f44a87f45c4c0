// The words that matter most for each host. A line is a document: its URL, a TAB, its text. The result is the option `terms` (10) most
// frequent words with how often they occur.
import type { FunctionApp } from "./app.ts";

type Vector = Readonly<Record<string, number>>;

const WORD = /\p{L}+/gu;
const TERMS = 10;

export const TERM_VECTOR: FunctionApp = {
  kind: "functions",
  functions: {
    map({ value }, emit, { count }) {
      const line = value as string;
      const tab = line.indexOf("\t");
      const host = tab < 0 ? null : hostOf(line.slice(0, tab).trim());
      if (host === null) {
        if (line !== "") count("lines without a URL");
        return;
      }
      const sums = new Map<string, number>();
      for (const [word] of line
        .slice(tab + 1)
        .toLowerCase()
        .matchAll(WORD))
        sums.set(word, (sums.get(word) ?? 0) + 1);
      emit(host, Object.fromEntries(sums));
    },
    combine(host, vectors, emit) {
      emit(host, Object.fromEntries(summed(vectors as Iterable<Vector>)));
    },
    reduce(...[host, vectors, emit, { options }]) {
      const terms = Number(options["terms"] ?? TERMS);
      const sorted = [...summed(vectors as Iterable<Vector>)].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      emit(
        host,
        sorted
          .slice(0, terms)
          .map(([word, sum]) => `${word}:${String(sum)}`)
          .join(" "),
      );
    },
  },
};

function summed(vectors: Iterable<Vector>): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const vector of vectors) for (const [word, sum] of Object.entries(vector)) sums.set(word, (sums.get(word) ?? 0) + sum);
  return sums;
}

function hostOf(url: string): string | null {
  const parsed = URL.parse(url.includes("://") ? url : `http://${url}`);
  return parsed === null || parsed.hostname === "" ? null : parsed.hostname;
}
