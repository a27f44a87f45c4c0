import type { ClusterProcess } from "../../../../client/cli/local/cluster-file.ts";
import type { PlanOptions } from "../../../../client/cli/local/local-plan.ts";
import { DEFAULT_SIZE, planCluster, sizeOf, whyNotContinue } from "../../../../client/cli/local/local-plan.ts";
import type { ProcessDescription } from "../../../../client/cli/local/process-description.ts";
import { originOf, peerOf } from "../../../../client/cli/local/process-description.ts";

const plan = (size: typeof DEFAULT_SIZE, more: Partial<PlanOptions> = {}) =>
  planCluster({
    ...{ size, directory: "/d", firstPort: 7_400, clusterId: "c", fileRoots: ["/home", "/d"], memoryBytes: null, known: [] },
    ...more,
  });

const written = (description: ProcessDescription): ClusterProcess => {
  const { name, service, group, ordinal, dataDir, log } = description;
  return { name, service, group, ordinal, dataDir, log, pid: null, began: null, http: originOf(description), peer: peerOf(description) };
};

test("the cluster that nobody asked otherwise for, by names and ports", () => {
  expect(plan(DEFAULT_SIZE).map(({ name, group, ports }) => `${name} ${group} ${ports.http} ${ports.peer}`)).toEqual([
    "controller-0 controllers 7400 7600",
    "controller-1 controllers 7401 7601",
    "controller-2 controllers 7402 7602",
    "replica-1-0 1 7410 7610",
    "replica-1-1 1 7411 7611",
    "replica-1-2 1 7412 7612",
    "replica-2-0 2 7413 7613",
    "replica-2-1 2 7414 7614",
    "replica-2-2 2 7415 7615",
    "coordinator-0 coordinators 7700 null",
    "coordinator-1 coordinators 7701 null",
    "worker-0 workers 7710 null",
    "worker-1 workers 7711 null",
  ]);
});

test("a process is told its own place, its group's places, and the controllers; a controller, the groups", () => {
  const processes = plan(DEFAULT_SIZE);
  expect(processes.find(({ name }) => name === "replica-2-1")?.environment).toEqual({
    FLOTILLA_GROUP: "2",
    FLOTILLA_CLUSTER: "c",
    FLOTILLA_ORDINAL: "1",
    FLOTILLA_PEERS: "127.0.0.1:7613,127.0.0.1:7614,127.0.0.1:7615",
    FLOTILLA_REDIS_PEERS: "127.0.0.1:7513,127.0.0.1:7514,127.0.0.1:7515",
    FLOTILLA_REDIS_PORT: "7514",
    FLOTILLA_HTTP_PEERS: "127.0.0.1:7413,127.0.0.1:7414,127.0.0.1:7415",
    FLOTILLA_HTTP_PORT: "7414",
    FLOTILLA_DATA_DIR: "/d/replica-2-1",
    FLOTILLA_CONTROLLERS: "127.0.0.1:7600,127.0.0.1:7601,127.0.0.1:7602",
  });
  expect(processes.find(({ name }) => name === "controller-0")?.environment).toEqual({
    FLOTILLA_CLUSTER: "c",
    FLOTILLA_ORDINAL: "0",
    FLOTILLA_PEERS: "127.0.0.1:7600,127.0.0.1:7601,127.0.0.1:7602",
    FLOTILLA_HTTP_PEERS: "127.0.0.1:7400,127.0.0.1:7401,127.0.0.1:7402",
    FLOTILLA_HTTP_PORT: "7400",
    FLOTILLA_DATA_DIR: "/d/controller-0",
    FLOTILLA_INITIAL_GROUPS: "1,2",
  });
});

test("a coordinator is told where the store is, a worker where coordinators are and what it may read", () => {
  const processes = plan({ ...DEFAULT_SIZE, groups: 1 });
  expect(processes.find(({ name }) => name === "coordinator-1")?.environment).toEqual({
    FLOTILLA_HTTP_PORT: "7701",
    FLOTILLA_STORE: "http://127.0.0.1:7410,http://127.0.0.1:7411,http://127.0.0.1:7412",
  });
  expect(processes.find(({ name }) => name === "worker-0")?.environment).toEqual({
    FLOTILLA_HTTP_PORT: "7710",
    FLOTILLA_STORE: "http://127.0.0.1:7410,http://127.0.0.1:7411,http://127.0.0.1:7412",
    FLOTILLA_COORDINATORS: "http://127.0.0.1:7700,http://127.0.0.1:7701",
    FLOTILLA_DATA_DIR: "/d/worker-0",
    FLOTILLA_FILE_ROOTS: "/home,/d",
  });
});

test("workers share what the machine has, but for what all processes take; unless they are told otherwise what is theirs", () => {
  const told = (workers: number, memoryBytes: number | null): readonly (string | undefined)[] =>
    plan({ ...DEFAULT_SIZE, workers }, { memoryBytes })
      .filter(({ service }) => service === "worker")
      .map(({ environment }) => environment["FLOTILLA_TASK_MEMORY_BYTES"]);
  const gib = 2 ** 30;
  const others = 11 * 128 * 2 ** 20;
  expect(told(2, 16 * gib)).toEqual(Array<string>(2).fill(String((16 * gib - others - gib / 4) / 2)));
  expect(told(1, 16 * gib)).toEqual([String(16 * gib - others - gib / 8)]);
  // Enough for one attempt, however small the machine is.
  expect(told(2, gib)).toEqual(Array<string>(2).fill(String(gib / 2)));
  expect(told(2, null)).toEqual([undefined, undefined]);
});

test("without controllers nobody is told of any", () => {
  const processes = plan({ groups: 1, replicas: 1, controllers: 0, coordinators: 0, workers: 0 });
  expect(processes.map(({ name }) => name)).toEqual(["replica-1-0"]);
  expect(processes[0]?.environment).not.toHaveProperty("FLOTILLA_CONTROLLERS");
});

test("no two processes share a port, however large it is", () => {
  for (const size of [
    DEFAULT_SIZE,
    { groups: 30, replicas: 3, controllers: 9, coordinators: 9, workers: 64 },
    { groups: 6, replicas: 15, controllers: 1, coordinators: 1, workers: 1 },
  ]) {
    const ports = plan(size).flatMap(({ ports }) => [ports.http, ...(ports.peer === null ? [] : [ports.peer])]);
    expect(new Set(ports).size).toBe(ports.length);
    expect(Math.max(...ports)).toBeLessThan(7_400 + 400);
  }
});

test("what is there keeps its ports, whatever the first port is now; a group that comes gets new ones", () => {
  const known = plan(DEFAULT_SIZE).map(written);
  const grown = plan({ ...DEFAULT_SIZE, groups: 3 }, { known, firstPort: 9_000 });
  expect(grown.filter(({ group }) => group !== "3").map(written)).toEqual(known);
  expect(grown.filter(({ group }) => group === "3").map(({ ports }) => ports.http)).toEqual([9_016, 9_017, 9_018]);
});

test("a directory says what size it has, and which sizes continue it", () => {
  const size = sizeOf(plan(DEFAULT_SIZE).map(written));
  expect(size).toEqual(DEFAULT_SIZE);
  expect(whyNotContinue(size, size)).toBeNull();
  expect(whyNotContinue(size, { ...size, groups: 5 })).toBeNull();
  expect(whyNotContinue(size, { ...size, groups: 1 })).toBe("has 2 groups, more than 1");
  expect(whyNotContinue(size, { ...size, replicas: 5 })).toBe("has 3 replicas in each group, not 5");
  expect(whyNotContinue(size, { ...size, controllers: 1 })).toBe("has 3 controllers, not 1");
});
