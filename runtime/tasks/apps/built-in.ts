// The apps that come with Flotilla, by name.
import type { App } from "./app.ts";
import { GREP } from "./grep.ts";
import { INVERTED_INDEX } from "./inverted-index.ts";
import { REVERSE_LINKS } from "./reverse-links.ts";
import { SORT } from "./sort.ts";
import { TERM_VECTOR } from "./term-vector.ts";
import { URL_COUNT } from "./url-count.ts";
import { WORD_COUNT } from "./word-count.ts";

export const BUILT_IN_APPS: Readonly<Record<string, App>> = {
  "word-count": WORD_COUNT,
  grep: GREP,
  "inverted-index": INVERTED_INDEX,
  sort: SORT,
  "url-count": URL_COUNT,
  "reverse-links": REVERSE_LINKS,
  "term-vector": TERM_VECTOR,
};
