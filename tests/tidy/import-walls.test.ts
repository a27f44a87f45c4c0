import { importsStayInsideTheWalls, replaceablePackagesStayBehindOneModule } from "./rules/import-walls.ts";
import { thisRepository, tree } from "./rules/source-tree.ts";

test("imports stay inside the walls", () => {
  expect(importsStayInsideTheWalls(thisRepository())).toEqual([]);
});

test("replaceable packages stay behind one module", () => {
  expect(replaceablePackagesStayBehindOneModule(thisRepository())).toEqual([]);
});

test.each([
  { from: "core/raft/a.ts", imported: "../../runtime/host.ts", allowed: false },
  { from: "core/raft/a.ts", imported: "node:fs", allowed: false },
  { from: "core/raft/a.ts", imported: "fastify", allowed: false },
  { from: "core/raft/a.ts", imported: "../base/ids.ts", allowed: true },
  { from: "runtime/host.ts", imported: "../core/base/ids.ts", allowed: true },
  { from: "runtime/host.ts", imported: "../services/replica/main.ts", allowed: false },
  { from: "runtime/host.ts", imported: "../client/kv-client.ts", allowed: false },
  { from: "client/kv-client.ts", imported: "../runtime/http/limits.ts", allowed: true },
  { from: "client/kv-client.ts", imported: "../runtime/disk/log.ts", allowed: false },
  { from: "client/kv-client.ts", imported: "../services/replica/main.ts", allowed: false },
  { from: "client/cli/up.ts", imported: "../../services/replica/main.ts", allowed: true },
  { from: "client/cli/up.ts", imported: "../../tests/bench/raft.ts", allowed: false },
  { from: "services/replica/main.ts", imported: "../../runtime/host.ts", allowed: true },
  { from: "services/replica/main.ts", imported: "../../tests/bench/raft.ts", allowed: false },
  { from: "tests/labs/main.ts", imported: "../../services/replica/main.ts", allowed: true },
])("$from imports $imported: $allowed", ({ from, imported, allowed }) => {
  for (const text of [`import { x } from "${imported}";`, `export * from "${imported}";`, `const x = await import("${imported}");`]) {
    expect(importsStayInsideTheWalls(tree({ [from]: text }))).toHaveLength(allowed ? 0 : 1);
  }
});

test("a second module that knows a replaceable package is found", () => {
  const files = tree({ "runtime/metrics.ts": 'import "prom-client";', "runtime/host.ts": 'import "prom-client";' });
  expect(replaceablePackagesStayBehindOneModule(files)).toEqual(["runtime/host.ts imports prom-client"]);
});

test("a part of a package, by its path, is of that package", () => {
  const files = tree({
    "runtime/host.ts": 'import "undici/lib/dispatcher/agent.js";',
    "core/raft/a.ts": 'import "undici/lib/api/index.js";',
  });
  expect(replaceablePackagesStayBehindOneModule(files)).toHaveLength(2);
  expect(importsStayInsideTheWalls(files)).toEqual(["core/raft/a.ts imports undici/lib/api/index.js"]);
});
