// The challenges of the sharded store: what has moved away is deleted, and what a change doesn't touch is not held up by it.
import { utf8 } from "../../../core/base/bytes.ts";
import { ownerOf } from "../../../core/shards/configuration.ts";
import type { Configuration } from "../../../core/shards/configuration.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import type { Threshold } from "../figures.ts";
import type { Bench, Lab } from "../lab.ts";
import { demand, sleep } from "../script.ts";
import type { Script } from "../script.ts";
import { Contents } from "./contents.ts";
import { ShardedBed } from "./sharded-bed.ts";

export const CHALLENGE_LABS: readonly Lab[] = [
  { name: "TestChallenge1Delete", script: deletion },
  { name: "TestChallenge2Unaffected", script: unaffected },
  { name: "TestChallenge2Partial", script: partial },
];

const GROUPS = ["100", "101", "102"];
const KEYS = 30;
const VALUE_BYTES = 1_000;
/** Each of three copies, with a little room: the labs' own sum. */
export const STORAGE: Threshold = {
  ...{ name: "logs and snapshots of all replicas", unit: "bytes", bound: "atMost" },
  limit: 3 * ((KEYS - 3) * VALUE_BYTES + 2 * 3 * VALUE_BYTES + 6_000),
};

function* deletion(bench: Bench): Script<void> {
  const bed = new ShardedBed(bench, { groups: GROUPS, isReliable: true, stateBytesMax: 1 });
  yield* bed.join("100");
  const contents = yield* Contents.put(bed, KEYS, VALUE_BYTES);
  const few = contents.keys.slice(0, 3);
  yield* contents.check(few);
  for (let round = 0; round < 2; round++) {
    yield* bed.join("101");
    yield* bed.leave("100");
    yield* bed.join("102");
    yield* sleep(3_000);
    yield* contents.check(few);
    yield* bed.leave("101");
    yield* bed.join("100");
    yield* bed.leave("102");
    yield* sleep(3_000);
    yield* contents.check(few);
  }
  yield* bed.join("101");
  yield* bed.join("102");
  for (let second = 0; second < 3; second++) {
    yield* sleep(1_000);
    yield* contents.check(few);
  }
  const bytes = bed.groups.flatMap(({ stateBytesOfEach, snapshotBytesOfEach }) => [...stateBytesOfEach, ...snapshotBytesOfEach]);
  bench.figures.measure(
    STORAGE,
    bytes.reduce((sum, each) => sum + each, 0),
  );
  yield* contents.check();
}

const ownedBy = (configuration: Configuration, group: string, keys: readonly string[]): readonly string[] =>
  keys.filter((key) => ownerOf(configuration, shardOf(utf8(key))) === group);

function* readAndWrite(contents: Contents, keys: readonly string[]): Script<void> {
  demand(keys.length > 0, () => "no key is where the lab needs one");
  for (const key of keys) {
    yield* contents.checkOne(key);
    yield* contents.set(key, `${key} again`);
    yield* contents.checkOne(key);
  }
}

/** What a group has serves on, while what it is to get can never come. */
function* unaffected(bench: Bench): Script<void> {
  const bed = new ShardedBed(bench, { groups: GROUPS, isReliable: false, stateBytesMax: 100 });
  yield* bed.join("100");
  const contents = yield* Contents.put(bed, 10, 3);
  yield* bed.join("101");
  const owned = ownedBy(yield* bed.administrator.query(), "101", contents.keys);
  yield* bed.served();
  for (const key of owned) yield* contents.set(key, "101");
  bed.shutDown("100");
  yield* bed.leave("100");
  yield* sleep(1_000);
  yield* readAndWrite(contents, owned);
  bed.demandLinearizable();
}

/** Each shard that comes is served when it is there, though others of the same change can never come. */
function* partial(bench: Bench): Script<void> {
  const bed = new ShardedBed(bench, { groups: GROUPS, isReliable: false, stateBytesMax: 100 });
  yield* bed.join(...GROUPS);
  const contents = yield* Contents.put(bed, 10, 3);
  const owned = ownedBy(yield* bed.administrator.query(), "102", contents.keys);
  yield* sleep(1_000);
  bed.shutDown("100");
  yield* bed.leave("100", "102");
  yield* sleep(1_000);
  yield* readAndWrite(contents, owned);
  bed.demandLinearizable();
}
