// The labs' sequential program: every map, then everything sorted by key, then every reduce, in this process and without any of
// what runs jobs. What a distributed run writes must be what this says.
import { definedJob } from "../../../runtime/tasks/code/defined-job.ts";
import type { Book } from "./books.ts";

/** All lines of all outputs, in order. */
export async function runSequentially(code: string, books: readonly Book[], nameOf: (book: Book) => string): Promise<string> {
  const { map, reduce } = definedJob(await import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`));
  const context = { count: () => undefined, options: {} };
  const values = new Map<string, unknown[]>();
  for (const book of books) {
    const name = nameOf(book);
    const emit = (key: string | number, value?: unknown): void => {
      const known = values.get(String(key));
      if (known === undefined) values.set(String(key), [value]);
      else known.push(value);
    };
    map({ key: name, value: book.text, input: name, offset: 0 }, emit, context);
  }
  const lines: string[] = [];
  for (const [key, found] of values)
    reduce(key, found, (emitted, value) => void lines.push(`${String(emitted)} ${String(value)}`), context);
  return sortedLines(lines);
}

export const sortedLines = (lines: readonly string[]): string => [...lines].sort().join("\n");
