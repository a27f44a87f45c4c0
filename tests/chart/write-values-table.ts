// `make chart-values`: writes the table of values in the chart's README anew.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Schema } from "./values-table.ts";
import { valuesTable, withTable } from "./values-table.ts";

const CHART = join(import.meta.dirname, "../../charts/flotilla");
const read = (name: string): string => readFileSync(join(CHART, name), "utf8");

const table = valuesTable(read("values.yaml"), JSON.parse(read("values.schema.json")) as Schema);
writeFileSync(join(CHART, "README.md"), withTable(read("README.md"), table));
