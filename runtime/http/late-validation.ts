// Schemas of requests are compiled when the first request needs them: all together are a fifth of the work of a start, and
// most are never asked for. Answers have no schemas, so nothing is compiled for them.
import buildAjv from "@fastify/ajv-compiler";
import type { BuildCompilerFromPool } from "@fastify/ajv-compiler";
import type { FastifyServerOptions } from "fastify";

type Compilers = NonNullable<NonNullable<FastifyServerOptions["schemaController"]>["compilersFactory"]>;
type Compile = ReturnType<BuildCompilerFromPool>;
type Validate = ReturnType<Compile>;

export const LATE_VALIDATION: Compilers = { buildValidator, buildSerializer: () => () => JSON.stringify };

function buildValidator(...given: Parameters<BuildCompilerFromPool>): Compile {
  let compile: Compile | null = null;
  return (...route) => {
    let check: Validate | null = null;
    const validate = ((value) => {
      compile ??= buildAjv()(...given);
      check ??= compile(...route);
      const found = check(value);
      // Where fastify looks for what is wrong.
      validate.errors = check.errors ?? null;
      return found;
    }) as Validate;
    return validate;
  };
}
