// Which pages link to each URL. A line is a page: its URL, a TAB, and either the URLs it links to, with blanks between them, or its HTML,
// of which every `href` counts.
import type { FunctionApp } from "./app.ts";

const HREF = /\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi;

export const REVERSE_LINKS: FunctionApp = {
  kind: "functions",
  functions: {
    map({ value }, emit) {
      const [source = "", rest = ""] = splitOnce(value as string);
      for (const target of targetsIn(rest)) emit(target, source);
    },
    combine(target, sources, emit) {
      for (const source of new Set(sources)) emit(target, source);
    },
    reduce(target, sources, emit) {
      emit(target, [...new Set(sources as Iterable<string>)].sort(byBytes).join(" "));
    },
  },
};

function targetsIn(text: string): ReadonlySet<string> {
  const isHtml = /<\s*a\s/i.test(text);
  const found = isHtml ? Array.from(text.matchAll(HREF), ([, double, single, bare]) => double ?? single ?? bare ?? "") : text.split(/\s+/);
  return new Set(found.filter((target) => target !== "" && !target.startsWith("#")));
}

function splitOnce(line: string): readonly string[] {
  const tab = line.indexOf("\t");
  return tab < 0 ? [] : [line.slice(0, tab).trim(), line.slice(tab + 1)];
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
