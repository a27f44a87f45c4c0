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
