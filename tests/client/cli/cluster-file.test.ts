import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterFile } from "../../../client/cli/cluster-file.ts";
import { portsIn, readClusterFile, writeClusterFile } from "../../../client/cli/cluster-file.ts";

const directory = mkdtempSync(join(tmpdir(), "flotilla-cluster-file-"));
afterAll(() => rmSync(directory, { recursive: true }));

const CLUSTER: ClusterFile = {
  clusterId: "c",
  processes: [
    {
      name: "replica-1-0",
      service: "replica",
      group: "1",
      ordinal: 0,
      pid: 7,
      http: "http://127.0.0.1:7410",
      peer: "127.0.0.1:7610",
      dataDir: "d",
      log: "l",
    },
    {
      name: "replica-1-1",
      service: "replica",
      group: "1",
      ordinal: 1,
      pid: null,
      http: "http://127.0.0.1:7411",
      peer: "127.0.0.1:7611",
      dataDir: "d",
      log: "l",
    },
  ],
};

test("is read back as it was written, with the ports that its members know each other by", () => {
  writeClusterFile(directory, CLUSTER);
  expect(readClusterFile(directory)).toEqual(CLUSTER);
  expect(portsIn(CLUSTER)).toEqual([
    { http: 7410, peer: 7610 },
    { http: 7411, peer: 7611 },
  ]);
});

test.each([{ content: "{" }, { content: "{}" }, { content: "[]" }])("$content is no cluster", ({ content }) => {
  writeFileSync(join(directory, "cluster.json"), content);
  expect(readClusterFile(directory)).toBeNull();
});

test("a directory without one is new", () => {
  expect(readClusterFile(join(directory, "nowhere"))).toBeNull();
});
