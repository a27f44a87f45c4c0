// The loader's twin for jest, which loads modules in a way of its own: the mutant's file is rewritten and then goes the usual way.
import { join } from "node:path";
import CompileOnce from "../suites/compile-once.js";
import { mutantOfEnvironment, rewrite } from "./mutant.ts";

const ROOT = join(import.meta.dirname, "../..");

export default class WithMutant extends CompileOnce {
  constructor(...given) {
    super(...given);
    const mutant = mutantOfEnvironment();
    if (mutant === null) return;
    const [, , , transformer] = given;
    const file = join(ROOT, mutant.file);
    const cache = this.transformCache;
    const transform = cache.transform.bind(cache);
    // Below what jest keeps of files by their names: one process loads the same file with one mutant and then with another.
    cache.transform = (path, options) => {
      if (path !== file) return transform(path, options);
      const text = rewrite(this.fileCache.readFile(file), mutant);
      if (text === null) throw new Error(`the mutant does not apply exactly once to ${mutant.file}`);
      const transformed = transformer.transformSource(file, text, { ...this._getFullTransformationOptions(options), instrument: false });
      cache.transforms.set(file, transformed);
      if (transformed.sourceMapPath !== null) cache.sourceMaps.set(file, transformed.sourceMapPath);
      return transformed.code;
    };
  }
}
