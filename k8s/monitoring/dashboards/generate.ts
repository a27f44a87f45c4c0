// `make dashboards`: writes every dashboard into the chart, and removes those that are no more.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DASHBOARDS, fileOf } from "./all.ts";

const FOLDER = join(import.meta.dirname, "../../../charts/flotilla/files/dashboards");

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
for (const [name, dashboard] of Object.entries(DASHBOARDS)) writeFileSync(join(FOLDER, `${name}.json`), fileOf(dashboard));
