// Jest's usual configuration, with a runtime that puts a mutant in.
import usual from "../../jest.config.js";

export default { ...usual, rootDir: "../..", runtime: "<rootDir>/tests/mutants/jest-runtime.js" };
