// Where the types of `flotilla` are, for checking job files: in the clone the source, in the installed package its declarations.
import { extname, join } from "node:path";

const IS_SOURCE = extname(import.meta.filename) === ".ts";

export const JOB_DECLARATIONS = join(import.meta.dirname, `../../define-job${IS_SOURCE ? ".ts" : ".d.ts"}`);
