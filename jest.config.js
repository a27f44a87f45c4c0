const toCommonJs = (syntax) => ["@swc/jest", { jsc: { parser: { syntax }, target: "es2023" }, module: { type: "commonjs" } }];

export default {
  testEnvironment: "node",
  roots: ["<rootDir>/tests"],
  testMatch: ["**/*.test.ts"],
  // Requests without sockets need a package that is no CommonJS.
  transform: { "^.+\\.ts$": toCommonJs("typescript"), "/node_modules/cookie/.+\\.js$": toCommonJs("ecmascript") },
  transformIgnorePatterns: ["/node_modules/(?!cookie/)"],
  testTimeout: 30_000,
  setupFilesAfterEnv: ["<rootDir>/tests/suites/quick-expectations.ts"],
  testSequencer: "<rootDir>/tests/suites/slow-tests-first.js",
  runtime: "<rootDir>/tests/suites/compile-once.js",
  // Jest keeps every test file in a world of its own, where looking up a global is slow; these are handed in. A quarter of all processor time.
  sandboxInjectedGlobals: [
    "Array",
    "BigInt",
    "Boolean",
    "DataView",
    "JSON",
    "Map",
    "Math",
    "Number",
    "Object",
    "Set",
    "String",
    "Symbol",
    "Uint8Array",
  ],
  // Jest's own choice leaves one core to itself, which of two is half of all there is.
  maxWorkers: "100%",
};
