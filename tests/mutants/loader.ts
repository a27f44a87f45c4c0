// Loaded by `--import` in front of a runner: rewrites the mutant's file while Node loads it, in every thread and every
// process that inherits the environment.
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { mutantOfEnvironment, rewrite } from "./mutant.ts";

const mutant = mutantOfEnvironment();

if (mutant !== null) {
  const target = pathToFileURL(join(import.meta.dirname, "../..", mutant.file)).href;
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (url !== target) return loaded;
      const source = rewrite(String(loaded.source), mutant);
      if (source === null) throw new Error(`the mutant does not apply exactly once to ${mutant.file}`);
      return { ...loaded, source };
    },
  });
}
