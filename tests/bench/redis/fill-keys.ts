// Every key that redis-benchmark may choose gets a value. It chooses at random itself, and twice as many writes as there are keys leave
// one in seven out; to read those is less work.
import { RawConnection } from "../../differential/redis/redis-process.ts";
import { KEYS, VALUE_BYTES } from "../peers/wrk.ts";

const AT_ONCE = 500;
const DIGITS = 12;

export async function fillKeys(port: string): Promise<void> {
  const connection = await RawConnection.open(Number(port));
  const value = "x".repeat(VALUE_BYTES);
  try {
    for (let from = 0; from < KEYS; from += AT_ONCE) {
      const keys = Array.from({ length: Math.min(AT_ONCE, KEYS - from) }, (_, i) => `key:${String(from + i).padStart(DIGITS, "0")}`);
      const replies = await connection.ask(keys.map((key) => ["SET", key, value]));
      const done = replies.filter((each) => JSON.stringify(each) === '{"status":"OK"}').length;
      if (done < keys.length) throw new Error(`Error from server: ${keys.length - done} of ${keys.length} keys were not written`);
    }
  } finally {
    connection.close();
  }
}
