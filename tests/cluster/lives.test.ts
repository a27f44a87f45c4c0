import { lifeOf } from "./lives.ts";
import { podIn } from "./pods.ts";

const POD = {
  metadata: { name: "flotilla-replica-1-0", uid: "a" },
  spec: { nodeName: "node-1" },
  status: { conditions: [{ type: "Ready", status: "True" }], containerStatuses: [{ restartCount: 0 }] },
};
const MEMBER = { boot: 3, term: 7 };
const LIFE = lifeOf(podIn(POD), MEMBER);

test.each([
  { name: "another pod in its place", life: lifeOf(podIn({ ...POD, metadata: { ...POD.metadata, uid: "b" } }), MEMBER) },
  {
    name: "a container that began anew",
    life: lifeOf(podIn({ ...POD, status: { ...POD.status, containerStatuses: [{ restartCount: 1 }] } }), MEMBER),
  },
  { name: "a start that the kubelet has not told of yet", life: lifeOf(podIn(POD), { ...MEMBER, boot: 4 }) },
  { name: "an election", life: lifeOf(podIn(POD), { ...MEMBER, term: 8 }) },
])("$name is seen", ({ life }) => {
  expect(life).not.toBe(LIFE);
});

test("whoever goes on has the same life, ready or not", () => {
  expect(lifeOf(podIn({ ...POD, status: { containerStatuses: [{ restartCount: 0 }] } }), MEMBER)).toBe(LIFE);
});

test("a pod whose containers have not begun has not restarted any", () => {
  expect(podIn({ ...POD, status: {} })).toEqual({ name: "flotilla-replica-1-0", uid: "a", node: "node-1", isReady: false, restarts: 0 });
});
