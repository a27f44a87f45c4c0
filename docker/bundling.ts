// What becomes of a program and everything that it imports: one file for Node.
import type { BuildOptions } from "esbuild";

/** Packages in CommonJS ask for Node's own modules by `require`, which an ES module doesn't have. */
const REQUIRE =
  'import { createRequire as createRequireForPackages } from "node:module"; const require = createRequireForPackages(import.meta.url);';

export const BUNDLING = {
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node24",
  banner: { js: REQUIRE },
  logLevel: "warning",
} as const satisfies BuildOptions;
