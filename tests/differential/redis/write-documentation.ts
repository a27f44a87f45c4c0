// `make redis-commands`: writes docs/redis-commands.md anew.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { redisCommandsDocument } from "../../../runtime/redis/commands/documentation.ts";

writeFileSync(join(import.meta.dirname, "../../../docs/redis-commands.md"), redisCommandsDocument());
