// What more groups bring: the real core of every member, on machines whose disk, network and processor cost a fixed time each, and
// clients that write to random keys, as many for each group. Prints JSON, and ends with 1 where eight groups don't write seven times
// as much as one. A model: it shows what the program adds or loses by itself (keys that spread unevenly, groups that wait for each
// other), and nothing of what a real machine does.
import { parseArgs } from "node:util";
import { utf8 } from "../../core/base/bytes.ts";
import { asGroup, asMember } from "../../core/base/ids.ts";
import type { GroupId } from "../../core/base/ids.ts";
import { present } from "../../core/base/assert.ts";
import { Random } from "../../core/base/random.ts";
import { encodeCommand, FOREVER, NO_GUARDS } from "../../core/kv/commands.ts";
import { foundingMembership } from "../../core/raft/membership.ts";
import { afterJoin } from "../../core/shard-controller/next-configuration.ts";
import type { Configuration } from "../../core/shards/configuration.ts";
import { FIRST_CONFIGURATION, ownerOf } from "../../core/shards/configuration.ts";
import { shardOf } from "../../core/shards/slots.ts";
import type { Costs } from "./groups/modelled-member.ts";
import { ModelledMember } from "./groups/modelled-member.ts";
import { ModelledTime } from "./groups/modelled-time.ts";

const { values: options } = parseArgs({
  options: {
    groups: { type: "string", default: "1,2,4,8" },
    /** Clients for each group, each with one write under way. */
    clients: { type: "string", default: "256" },
    seconds: { type: "string", default: "2" },
    seed: { type: "string", default: "1" },
    fsync: { type: "string", default: "1000" },
    network: { type: "string", default: "100" },
    message: { type: "string", default: "20" },
    apply: { type: "string", default: "10" },
  },
});

const costs: Costs = {
  fsyncUs: Number(options.fsync),
  networkUs: Number(options.network),
  messageUs: Number(options.message),
  applyUs: Number(options.apply),
};
const MEMBERS = 3;
const KEYS = 10_000;
const VALUE_BYTES = 256;
const WARM_UP_US = 3_000_000;
const BAR = { groups: 8, ofOne: 7 };
const seconds = Number(options.seconds);

const results = options.groups.split(",").map((count) => measure(Number(count)));
const [first] = results;
const withRatios = results.map((each) => ({ ...each, ofTheFirst: round(each.writesPerSecond / (first?.writesPerSecond ?? NaN)) }));
console.log(JSON.stringify({ model: costs, members: MEMBERS, clientsPerGroup: Number(options.clients), results: withRatios }, null, 2));
const barred = first?.groups === 1 ? withRatios.find(({ groups }) => groups === BAR.groups) : undefined;
if (barred !== undefined && barred.ofTheFirst < BAR.ofOne) {
  console.error(`${BAR.groups} groups write ${barred.ofTheFirst} times as much as one, and not ${BAR.ofOne} times`);
  process.exitCode = 1;
}

function measure(count: number): { readonly groups: number; readonly writesPerSecond: number; readonly meanMs: number } {
  const time = new ModelledTime();
  const configuration = configurationOf(count);
  const groups = new Map(
    Object.keys(configuration.groups).map((group) => [group as GroupId, membersOf(group as GroupId, configuration, time)]),
  );
  time.run(WARM_UP_US);
  const leaders = new Map([...groups].map(([group, members]) => [group, leaderIn(group, members)]));
  const counted = { writes: 0, waitedUs: 0 };
  const random = new Random(Number(options.seed));
  const client = (): void => {
    const key = utf8(`key-${String(random.between(0, KEYS - 1)).padStart(8, "0")}`);
    const leader = present(
      leaders.get(present(ownerOf(configuration, shardOf(key)), "every shard is somebody's")),
      "every group has a leader",
    );
    const command = encodeCommand({ kind: "put", key, guards: NO_GUARDS, value: new Uint8Array(VALUE_BYTES), ttl: FOREVER });
    const startUs = time.nowUs;
    time.at(startUs + costs.networkUs, () => {
      leader.ask({ kind: "write", command, session: null }, (outcome) => {
        if (outcome.kind !== "done") throw new Error(`a write was not done: ${JSON.stringify(outcome)}`);
        counted.writes++;
        counted.waitedUs += time.nowUs - startUs;
        client();
      });
    });
  };
  for (let i = 0; i < count * Number(options.clients); i++) client();
  // Until all of them are in step with the disks.
  time.run(WARM_UP_US + 500_000);
  const before = { ...counted };
  time.run(WARM_UP_US + 500_000 + seconds * 1e6);
  const writes = counted.writes - before.writes;
  return {
    groups: count,
    writesPerSecond: Math.round(writes / seconds),
    meanMs: round((counted.waitedUs - before.waitedUs) / writes / 1_000),
  };
}

/** As the controllers spread shards over groups that join one after the other. */
function configurationOf(count: number): Configuration {
  let configuration = FIRST_CONFIGURATION;
  for (let i = 1; i <= count; i++) {
    const group = asGroup(String(i));
    const members = Array.from({ length: MEMBERS }, (_, n) => ({ peer: `${group}-${n}:1`, http: `http://${group}-${n}:2`, redis: null }));
    configuration = afterJoin(configuration, [{ group, members }]) ?? configuration;
  }
  // Of groups that begin with it: nothing has to move.
  return { ...configuration, number: 1 };
}

function membersOf(group: GroupId, configuration: Configuration, time: ModelledTime): readonly ModelledMember[] {
  const names = Array.from({ length: MEMBERS }, (_, n) => asMember(`${group}-${n}`));
  const founding = foundingMembership(names.map((member, ordinal) => ({ member, place: { ordinal, address: `${member}:1` } })));
  const members = new Map<string, ModelledMember>();
  const seed = Number(options.seed);
  for (const self of names) {
    const send: ConstructorParameters<typeof ModelledMember>[0]["send"] = (message) => members.get(message.to)?.receive(message);
    members.set(self, new ModelledMember({ group, self, founding, configuration, time, costs, seed, send }));
  }
  return [...members.values()];
}

function leaderIn(group: GroupId, members: readonly ModelledMember[]): ModelledMember {
  return present(
    members.find(({ leads }) => leads),
    `group ${group} has a leader`,
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
