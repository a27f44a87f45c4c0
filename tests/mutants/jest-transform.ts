// The loader's twin for jest, which loads modules in a way of its own: rewrites the mutant's file and then hands it to
// the usual transformer.
import { join } from "node:path";
import swcJest from "@swc/jest";
import { mutantOfEnvironment, rewrite } from "./mutant.ts";

type Transformer = ReturnType<typeof swcJest.createTransformer>;

const ROOT = join(import.meta.dirname, "../..");

function createTransformer(...options: Parameters<typeof swcJest.createTransformer>): Transformer {
  const usual = swcJest.createTransformer(...options);
  const mutant = mutantOfEnvironment();
  const sourceOf = (source: string, path: string): string => {
    if (mutant === null || path !== join(ROOT, mutant.file)) return source;
    const rewritten = rewrite(source, mutant);
    if (rewritten === null) throw new Error(`the mutant does not apply exactly once to ${mutant.file}`);
    return rewritten;
  };
  return {
    ...usual,
    // Both get the rewritten text: jest keeps what it transformed under a key made from it.
    getCacheKey: (source, path, given) => usual.getCacheKey?.(sourceOf(source, path), path, given) as string,
    process: (source, path, given) => usual.process?.(sourceOf(source, path), path, given) as never,
  };
}

export default { createTransformer };
