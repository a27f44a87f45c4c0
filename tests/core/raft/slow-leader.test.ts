import { TestCluster } from "./cluster.ts";

/** One second of ticks under steady writes, with n1's disk behind for some of them. */
function load(cluster: TestCluster, ticks: number, isSlow: (tick: number) => boolean): void {
  for (let i = 0; i < ticks; i++) {
    if (isSlow(i)) cluster.at("n1").diskPaused = true;
    else if (cluster.at("n1").diskPaused) cluster.resumeDisk("n1");
    cluster.propose("n1", `v${String(i)}`);
    cluster.deliverAll();
    for (const name of cluster.members.keys()) cluster.tick(name);
    cluster.deliverAll();
  }
}

test("a leader whose disk is behind a majority's hands over within some seconds", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  load(cluster, 120, (tick) => tick % 8 !== 0); // writes take 200 ms
  expect(cluster.at("n1").observations).toContainEqual(expect.objectContaining({ kind: "transferStarted", reason: "slowDisk" }));
  cluster.resumeDisk("n1");
  cluster.deliverAll();
  expect(cluster.raft("n1").status().role).toBe("follower");
});

test("a disk that is behind now and then is no reason", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  load(cluster, 400, (tick) => tick % 5 === 0);
  expect(cluster.raft("n1").status()).toMatchObject({ role: "leader", term: 1 });
});

test("where all disks are equally slow, nobody hands over", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  for (let i = 0; i < 400; i++) {
    for (const name of cluster.members.keys()) {
      cluster.at(name).diskPaused = i % 8 !== 0;
      if (i % 8 === 0) cluster.resumeDisk(name);
    }
    cluster.propose("n1", "v");
    cluster.deliverAll();
    for (const name of cluster.members.keys()) cluster.tick(name);
    cluster.deliverAll();
  }
  expect(cluster.raft("n1").status()).toMatchObject({ role: "leader", term: 1 });
});

/** One write every `every` ticks, and n1's disk takes `slowTicks` for each of them. */
function sparse(cluster: TestCluster, every: number, slowTicks: (write: number) => number): void {
  for (let tick = 0; tick < 200; tick++) {
    const write = Math.floor(tick / every);
    if (tick % every === 0) {
      cluster.at("n1").diskPaused = slowTicks(write) > 0;
      cluster.propose("n1", `v${String(write)}`);
      cluster.deliverAll();
    }
    if (tick % every === slowTicks(write)) cluster.resumeDisk("n1");
    for (const name of cluster.members.keys()) cluster.tick(name);
    cluster.deliverAll();
  }
}

test.each([
  { title: "twice a second", every: 20 },
  { title: "once a second", every: 40 },
  { title: "every four seconds", every: 160 },
])("a leader whose disk takes 200 ms hands over within 5 s, when there is a write $title", ({ every }) => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  sparse(cluster, every, () => 8);
  expect(cluster.raft("n1").status().role).toBe("follower");
  expect(cluster.at("n1").observations).toContainEqual(expect.objectContaining({ kind: "transferStarted", reason: "slowDisk" }));
});

test("one slow write among quick ones is no reason, whether a tick saw those or not", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  for (const quick of [0, 1]) sparse(cluster, 20, (write) => (write % 2 === 0 ? 8 : quick));
  expect(cluster.raft("n1").status()).toMatchObject({ role: "leader", term: 1 });
});

test("one long hiccup under load is no reason", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  load(cluster, 200, (tick) => tick % 80 < 30); // 750 ms of every 2 s
  expect(cluster.raft("n1").status()).toMatchObject({ role: "leader", term: 1 });
});

test("a disk that is a little behind all the time is no reason", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  cluster.at("n1").diskPaused = true;
  for (let i = 0; i < 400; i++) {
    cluster.propose("n1", `v${String(i)}`);
    cluster.deliverAll();
    for (const name of cluster.members.keys()) cluster.tick(name);
    cluster.writeBatches("n1", i === 0 ? 0 : 1); // always one batch behind: 25 ms
    cluster.deliverAll();
  }
  expect(cluster.raft("n1").status()).toMatchObject({ role: "leader", term: 1 });
});

test("of two slow disks and three healthy ones, a healthy one is chosen", () => {
  const cluster = new TestCluster({ size: 5 });
  cluster.elect("n1");
  cluster.at("n2").diskPaused = true;
  for (let i = 0; i < 200 && cluster.raft("n1").status().role === "leader"; i++) {
    cluster.at("n1").diskPaused = true;
    if (i % 20 === 0) cluster.propose("n1", `v${String(i)}`);
    cluster.deliverAll();
    if (i % 20 === 8) cluster.resumeDisk("n1");
    for (const name of cluster.members.keys()) cluster.tick(name);
    cluster.deliverAll();
  }
  expect(cluster.at("n1").observations).toContainEqual({ kind: "transferStarted", to: "n3", reason: "slowDisk" });
});
