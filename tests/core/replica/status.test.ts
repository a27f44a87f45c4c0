import { put } from "./kv-calls.ts";
import { ReplicaWorld } from "./replica-world.ts";

test("says what a person wants to know", () => {
  const world = new ReplicaWorld({ size: 3, version: 2 });
  const { name } = world.electLeader();
  world.run(500);
  world.call(name, put("a", "1"));
  world.tell(name, { kind: "diskSpace", state: "short" });
  world.settle();
  const status = world.running(name).status();
  expect(status).toMatchObject({
    raft: { self: name, role: "leader", leader: name },
    stage: "serving",
    appliedServiceIndex: 1,
    stateDigest: { index: status.appliedIndex },
    sessions: 0,
    pendingWrites: 0,
    pendingReads: 0,
    groupVersion: 2,
    knownVersion: 2,
    isDiskShort: true,
    mayExit: false,
  });
  expect(status.lastStampMs).toBeGreaterThan(1_800_000_000_000);
  expect(status.stateDigest.digest).toMatch(/^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-1-1-[0-9a-f]{8}-0$/);
});

test("counts who is waiting, and how many clients it knows", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name } = world.electLeader();
  const outcome = world.call(name, { kind: "newClient" });
  const client = outcome.kind === "done" && outcome.value.kind === "client" ? outcome.value.client : "";
  world.call(name, put("a", "1", { client, serial: 1, acked: 0 }));
  world.passes = () => false;
  world.ask(name, put("a", "2"));
  world.ask(name, { kind: "read", query: new Uint8Array(0), consistency: "linearizable" });
  world.settle();
  expect(world.running(name).status()).toMatchObject({ pendingWrites: 1, pendingReads: 1, sessions: 1 });
});
