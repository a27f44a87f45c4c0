// A shard controller whose log is the test itself, behind its HTTP port, and calls to that.
import type { FastifyInstance } from "fastify";
import type { AddressInfo } from "node:net";
import { asCluster, asIndex, asMember, asTerm } from "../../../core/base/ids.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { done, refused } from "../../../core/base/outcome.ts";
import { foundingMembership } from "../../../core/raft/membership.ts";
import type { Reply } from "../../../core/replica/effects.ts";
import type { ClientOperation } from "../../../core/replica/events.ts";
import { systemClock } from "../../../runtime/clock.ts";
import { addHealthRoutes } from "../../../runtime/http/health.ts";
import { createHttpServer, listenHttp } from "../../../runtime/http/http-server.ts";
import { SILENT } from "../../../runtime/logger.ts";
import { Metrics } from "../../../runtime/metrics.ts";
import type { GroupStatuses } from "../../../runtime/replica/group-statuses.ts";
import { MemberDoor } from "../../../runtime/replica/member-door.ts";
import { MemberStatus } from "../../../runtime/replica/member-status.ts";
import type { Life } from "../../../runtime/replica/member.ts";
import type { ControllerStateMachine } from "../../../core/shard-controller/controller-state-machine.ts";
import { ControllerApi } from "../../../services/shard-controller/api.ts";
import { controllerConfig } from "../../../services/shard-controller/config.ts";
import { AskedMachine, members } from "../../core/shard-controller/groups.ts";
import { freePort } from "../../runtime/peers/peer-fixture.ts";

const MEMBERSHIP = foundingMembership(
  [0, 1].map((ordinal) => ({ member: asMember(`m${ordinal}`), place: { ordinal, address: `127.0.0.1:74${ordinal}1` } })),
);
const apps: FastifyInstance[] = [];
const doors: MemberDoor[] = [];

export async function closeControllers(): Promise<void> {
  await Promise.all([...doors.splice(0).map((door) => door.close()), ...apps.splice(0).map((app) => app.close())]);
}

type Options = {
  readonly asked?: AskedMachine;
  readonly leader?: string;
  readonly httpPeers?: string;
  readonly statuses?: Pick<GroupStatuses, "statusAt" | "shardsOf" | "leadersOf">;
  readonly answering?: (operation: ClientOperation) => Outcome<Reply> | null;
};

export const NOBODY: Pick<GroupStatuses, "statusAt" | "shardsOf" | "leadersOf"> = {
  statusAt: () => Promise.resolve(null),
  shardsOf: () => Promise.resolve(new Map()),
  leadersOf: () => Promise.resolve(new Map()),
};

/** A controller at place 0 whose log is this test: what it takes is applied at once. */
export function controller({
  asked = new AskedMachine(),
  leader = "m0",
  httpPeers,
  statuses = NOBODY,
  answering,
}: Options = {}): FastifyInstance {
  const config = controllerConfig({
    FLOTILLA_ORDINAL: "0",
    FLOTILLA_PEERS: "127.0.0.1:7401,127.0.0.1:7411",
    FLOTILLA_DATA_DIR: "/data",
    FLOTILLA_HTTP_PEERS: httpPeers ?? "127.0.0.1:1,127.0.0.1:2",
  });
  const result = (bytes: Uint8Array): Outcome<Reply> =>
    done({ kind: "result", result: bytes, index: asIndex(asked.applied), term: asTerm(1) });
  const perform = (operation: ClientOperation): Outcome<Reply> => {
    if (operation.kind === "read") return result(asked.machine.query(operation.query));
    if (leader !== "m0") return refused("notLeader", "another leads");
    if (operation.kind !== "write") return done({ kind: "accepted", term: asTerm(1) });
    asked.applied++;
    return result(asked.machine.apply(operation.command));
  };
  const raft = {
    membership: MEMBERSHIP,
    leader: asMember(leader),
    role: leader === "m0" ? "leader" : "follower",
    isLearner: false,
    self: "m0",
    term: 1,
  };
  const host = {
    status: () => ({ raft, stage: "serving" }),
    ask: (operation: ClientOperation, _timeoutMs: number, answer: (outcome: Outcome<Reply>) => void) => {
      answer(answering?.(operation) ?? perform(operation));
      return null;
    },
    untilLeader: (msMax: number) => new Promise((resolve) => setTimeout(resolve, msMax)),
    abandon: () => undefined,
  };
  const life = { member: asMember("m0"), cluster: asCluster("c"), host, machine: asked.machine } as unknown as Life<ControllerStateMachine>;
  const member = { life, waiting: { reasons: [], recovery: null }, peerIdentity: null };
  const metrics = new Metrics({ service: "shard-controller", version: "0" });
  const app = createHttpServer({ service: "shard-controller", requestBytesMax: 2_000_000, metrics, logger: SILENT });
  const door = new MemberDoor({ config, member, clock: systemClock });
  const status = new MemberStatus({ service: "shard-controller", config, member, door, registration: null });
  door.addRoutes(app);
  new ControllerApi({ member, door, status, statuses, metrics }).addRoutes(app);
  addHealthRoutes(app, status.health, metrics);
  apps.push(app);
  doors.push(door);
  return app;
}

export type Answer = { readonly status: number; readonly body: Record<string, unknown> & { readonly error?: Record<string, unknown> } };

export async function call(app: FastifyInstance, path: string, payload?: unknown): Promise<Answer> {
  if (!app.server.listening) await listenHttp(app, { host: "127.0.0.1", port: await freePort() });
  const { port } = app.server.address() as AddressInfo;
  const body =
    payload === undefined ? {} : { method: "POST", body: JSON.stringify(payload), headers: { "content-type": "application/json" } };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { ...body, signal: AbortSignal.timeout(5_000) });
  return { status: response.status, body: (await response.json()) as Answer["body"] };
}

export function joined(...names: readonly string[]): AskedMachine {
  const asked = new AskedMachine();
  asked.apply({ kind: "join", groups: names.map((name) => members(name)) });
  return asked;
}
