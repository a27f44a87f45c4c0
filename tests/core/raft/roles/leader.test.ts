import type { Message } from "../../../../core/raft/messages.ts";
import { TestCluster } from "../cluster.ts";

test("it sends a heartbeat every fourth tick", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  const sent: number[] = [];
  for (let i = 0; i < 8; i++) {
    cluster.tick("n1");
    sent.push(cluster.network.length);
    cluster.deliverAll();
  }
  expect(sent).toEqual([0, 0, 0, 2, 0, 0, 0, 2]);
});

test("it gives up when it has not heard from a majority for an election timeout", () => {
  const cluster = new TestCluster({ size: 5 });
  cluster.elect("n1");
  for (let i = 0; i < 48; i++) {
    cluster.tick("n1");
    cluster.deliverAll(({ to, from }) => to === "n2" || from === "n2" || (to === "n3" && from === "n1") || from === "n3");
    cluster.drop();
  }
  expect(cluster.raft("n1").status().role).toBe("leader"); // itself, n2 and n3
  for (let i = 0; i < 24; i++) {
    cluster.tick("n1");
    cluster.deliverAll(({ to, from }) => to === "n2" || from === "n2");
    cluster.drop();
  }
  expect(cluster.raft("n1").status()).toMatchObject({ role: "follower", leader: null, term: 1 });
});

test("followers that answer slowly are still its followers", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  const answers: (readonly Message[])[] = [];
  for (let i = 0; i < 200; i++) {
    cluster.tick("n1");
    cluster.deliver(({ from }) => from === "n1");
    answers.push(cluster.network.splice(0));
    cluster.network.push(...(answers[i - 16] ?? [])); // 0.4 s later
    cluster.deliver();
    cluster.drop();
  }
  expect(cluster.raft("n1").status()).toMatchObject({ role: "leader", term: 1 });
});

test("answers of followers count as signs of life, not what is sent to them", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  for (let i = 0; i < 24; i++) {
    cluster.tick("n1");
    cluster.deliver(({ from }) => from === "n1");
    cluster.drop();
  }
  expect(cluster.raft("n1").status().role).toBe("follower");
});
