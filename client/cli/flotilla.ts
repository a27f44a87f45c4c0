// `flotilla`: the command line. commands/list.ts is the table of what there is.
import { SECTIONS } from "./commands/list.ts";
import { runProgram } from "./grammar/program.ts";

await runProgram(process.argv.slice(2), SECTIONS);
