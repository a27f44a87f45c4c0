// What job code has begun without waiting for it has its turn, under the watch: a chain of promises may be as endless as a call. What it
// emits is late.
import type { Watch } from "../map/mapper.ts";
import { NO_RECORD } from "../map/mapper.ts";
import type { LateEmits } from "./late-emits.ts";

export async function aftermath(watch: Watch, lateEmits: LateEmits): Promise<void> {
  watch.begin(NO_RECORD, 0);
  await new Promise((resolve) => void setImmediate(resolve));
  watch.end();
  lateEmits.check();
}
