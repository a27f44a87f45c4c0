// Jest's runtime, which keeps what it compiled. Every test file has a world of its own, and jest compiles each module anew in each of
// them: its own three hundred, fastify's, ours. Here a worker compiles a text once, and runs it in every world that needs it; nothing that
// ran in one is seen in another.
import { Script } from "node:vm";
import Runtime from "jest-runtime";

/** By file, and by text: mutants load the same file with other texts. */
const compiled = new Map();

export default class CompileOnce extends Runtime {
  constructor(...given) {
    super(...given);
    const [, environment] = given;
    const { executor } = this;
    const compile = executor.compile.bind(executor);
    executor.compile = (text, file) => {
      const world = environment.getVmContext();
      if (world === null) return null;
      const script = scriptOf(file, text, executor.injectedModuleParameters);
      // What is no program is compiled in jest's own way, which says what is wrong with it in jest's own words.
      return script === null ? compile(text, file) : script.runInContext(world);
    };
  }
}

function scriptOf(file, text, parameters) {
  const ofFile = compiled.get(file) ?? new Map();
  compiled.set(file, ofFile);
  if (!ofFile.has(text)) ofFile.set(text, compileAsFunction(file, text, parameters));
  return ofFile.get(text);
}

function compileAsFunction(file, text, parameters) {
  const head = `(function (${parameters.join(", ")}) {`;
  try {
    return new Script(`${head}${text}\n})`, { filename: file, columnOffset: -head.length });
  } catch {
    return null;
  }
}
