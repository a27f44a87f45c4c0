import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterFile } from "../../../../client/cli/local/cluster-file.ts";
import { CLUSTER_FILE, markIn, portsOf, readClusterFile, writeClusterFile } from "../../../../client/cli/local/cluster-file.ts";

const directory = mkdtempSync(join(tmpdir(), "flotilla-cluster-file-"));
afterAll(() => rmSync(directory, { recursive: true }));

const process = {
  ...{ name: "replica-1-0", service: "replica" as const, group: "1", ordinal: 0, pid: 7, began: "12@a" },
  ...{ http: "http://127.0.0.1:7410", peer: "127.0.0.1:7610", dataDir: "d", log: "l" },
} as const;
const CLUSTER: ClusterFile = {
  ...{ clusterId: "c", firstPort: 7_400, launcher: { pid: 6, began: "11@a" } },
  processes: [process, { ...process, name: "replica-1-1", ordinal: 1, pid: null, began: null, stopped: "damaged" }],
};

test("is read back as it was written, and leaves nothing beside it", () => {
  writeClusterFile(directory, CLUSTER);
  writeClusterFile(directory, CLUSTER);
  expect(readClusterFile(directory)).toEqual(CLUSTER);
  expect(readdirSync(directory)).toEqual([CLUSTER_FILE]);
});

test("says by which ports a process is known, and which process is meant", () => {
  expect(portsOf(process)).toEqual({ http: 7_410, peer: 7_610, redis: 7_510 });
  expect(CLUSTER.processes.map(markIn)).toEqual([{ pid: 7, began: "12@a" }, null]);
});

test.each([
  { content: "{", says: "is no list of processes" },
  { content: "{}", says: "is no list of processes" },
  { content: "[]", says: "is no list of processes" },
  { content: JSON.stringify({ ...CLUSTER, processes: [{ ...process, service: "oracle" }] }), says: 'speaks of a service "oracle"' },
])("$content is not taken for an empty directory", ({ content, says }) => {
  writeFileSync(join(directory, CLUSTER_FILE), content);
  expect(() => readClusterFile(directory)).toThrow(says);
});

test("one that can't be read is to be removed alone: the data lies beside it", () => {
  writeFileSync(join(directory, CLUSTER_FILE), "{");
  const next = /remove this file and nothing else/;
  expect(() => readClusterFile(directory)).toThrow(expect.objectContaining({ next: expect.stringMatching(next) as string }) as Error);
});

test("a directory without one is new", () => {
  expect(readClusterFile(join(directory, "nowhere"))).toBeNull();
});
