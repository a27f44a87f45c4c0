import { asGroup } from "../../../core/base/ids.ts";
import type { ControllerStateMachine } from "../../../core/shard-controller/controller-state-machine.ts";
import { Metrics } from "../../../runtime/metrics.ts";
import type { MemberView } from "../../../runtime/replica/member.ts";
import { controllerGauges } from "../../../services/shard-controller/controller-gauges.ts";
import { AskedMachine, members } from "../../core/shard-controller/groups.ts";

type Life = MemberView<ControllerStateMachine>["life"];

const shardsIn = async (metrics: Metrics): Promise<readonly string[]> =>
  (await metrics.text()).split("\n").filter((line) => line.startsWith("flotilla_controller_shards{"));

test("every group of the latest configuration is told with its shards, and none that has left", async () => {
  const asked = new AskedMachine();
  const member: { life: Life } = { life: null };
  const metrics = new Metrics({ service: "shard-controller", version: "1" });
  controllerGauges(metrics, member);
  expect(await shardsIn(metrics)).toEqual([]);
  member.life = { machine: asked.machine } as unknown as Life;
  asked.apply({ kind: "join", groups: [members("1"), members("2")] });
  expect(await shardsIn(metrics)).toEqual([`flotilla_controller_shards{group="1"} 128`, `flotilla_controller_shards{group="2"} 128`]);
  asked.apply({ kind: "leave", groups: [asGroup("1")] });
  expect(await shardsIn(metrics)).toEqual([`flotilla_controller_shards{group="2"} 256`]);
});
