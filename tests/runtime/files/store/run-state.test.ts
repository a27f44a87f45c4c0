import { encodeRecord, moveJob, newRecord } from "../../../../core/mapreduce/job-record.ts";
import { recordKey } from "../../../../core/mapreduce/job-keys.ts";
import { KeyValues } from "../../../../runtime/files/store/key-values.ts";
import { runState } from "../../../../runtime/files/store/run-state.ts";
import { MemoryStore } from "../memory-store.ts";

const RUN = "j.0123456789ab";
const live = newRecord(0, RUN);
const ended = moveJob(live, "cancelled");

test.each([
  { name: "live", record: live, run: RUN, state: "live" },
  { name: "ended, and not cleaned up behind", record: ended, run: RUN, state: "ending" },
  { name: "cleaned up behind", record: { ...ended, isCleaned: true }, run: RUN, state: "over" },
  { name: "another of its id", record: ended, run: "j.00000000000b", state: "unknown" },
  { name: "of another id", record: ended, run: "k.0123456789ab", state: "unknown" },
  { name: "no run at all", record: ended, run: "what somebody wrote there: {job}", state: "unknown" },
  {
    name: "of an earlier version, known by its id",
    record: { ...ended, run: undefined, isCleaned: true } as never,
    run: "j",
    state: "over",
  },
])("a run: $name", async ({ record, run, state }) => {
  const kv = new KeyValues(new MemoryStore());
  await kv.put(recordKey("j"), encodeRecord(record));
  expect(await runState(kv, run)).toBe(state);
});
