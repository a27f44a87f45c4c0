// Jest's usual configuration, with a transformer that puts a mutant in.
import usual from "../../jest.config.js";

const [[pattern, [, options]]] = Object.entries(usual.transform);

export default { ...usual, rootDir: "../..", transform: { [pattern]: ["<rootDir>/tests/mutants/jest-transform.ts", options] } };
