import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localCluster } from "../../client/local-cluster.ts";

const directory = mkdtempSync(join(tmpdir(), "flotilla-local-cluster-"));
afterAll(() => rmSync(directory, { recursive: true }));

test("says what to do where there is none", () => {
  expect(() => localCluster(directory)).toThrow("npx flotilla up");
});

test("its replicas, and the token for data if there are tokens", () => {
  const processes = [
    { service: "shard-controller", http: "http://127.0.0.1:7400" },
    { service: "replica", http: "http://127.0.0.1:7410", pid: null },
    { service: "replica", http: "http://127.0.0.1:7411", pid: 4 },
  ];
  writeFileSync(join(directory, "cluster.json"), JSON.stringify({ clusterId: "c", processes }));
  const endpoints = ["http://127.0.0.1:7410", "http://127.0.0.1:7411"];
  expect(localCluster(directory)).toEqual({ endpoints, token: null });
  writeFileSync(join(directory, "tokens.json"), JSON.stringify({ data: "d", admin: "a" }));
  expect(localCluster(directory)).toEqual({ endpoints, token: "d" });
});

test("names a file that can't be read", () => {
  writeFileSync(join(directory, "cluster.json"), "{");
  expect(() => localCluster(directory)).toThrow("cluster.json can't be read");
});
