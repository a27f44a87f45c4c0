import { ListColumn } from "../../../core/kv/column.ts";
import type { Column } from "../../../core/kv/column.ts";

const inWords = (column: Column<string>): string => Array.from({ length: column.length }, (_, i) => column.at(i)).join("");

test("a column is cut, joined, and copied", () => {
  const column = new ListColumn([..."abcd"]);
  const copied = column.copy();
  const cut = column.cut(1);
  expect([inWords(column), inWords(cut), inWords(copied)]).toEqual(["a", "bcd", "abcd"]);
  cut.append(column);
  cut.insert(0, "x");
  cut.set(1, "B");
  cut.remove(2);
  expect([inWords(column), inWords(cut), inWords(copied)]).toEqual(["a", "xBda", "abcd"]);
});
