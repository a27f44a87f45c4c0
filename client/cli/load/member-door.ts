// One member as a door for reads, over a connection that stays: a read that is not answered soon is given up, and the next one
// follows it on the same connection. A member that was paused finds the last ones there, in front of what its peers say, and must
// not answer them from what it knew before the pause. (A new connection would be accepted too late to see that.)
import { done, refused, unknown } from "../../../core/base/outcome.ts";
import type { Door } from "./door.ts";
import type { RedisAddress } from "./redis-door.ts";
import { pause } from "../../waiting.ts";

export type MemberDoorOptions = { readonly address: RedisAddress; readonly password: string | null; readonly attemptMs: number };

/** A member that is down refuses at once, and one that has no such key says who has. */
const PAUSE_MS = 50;
const ELSEWHERE = /^MOVED /;
const CONNECT_AGAIN_MS = 200;

export async function openMemberDoor({ address, password, attemptMs }: MemberDoorOptions): Promise<Door> {
  const { Redis } = await import("ioredis");
  const redis = new Redis({
    ...{ ...address, readOnly: true, commandTimeout: attemptMs, ...(password === null ? {} : { password }) },
    ...{ enableOfflineQueue: false, maxRetriesPerRequest: 0, retryStrategy: () => CONNECT_AGAIN_MS },
  });
  redis.on("error", () => undefined);
  return memberDoor({ get: (key) => redis.get(key), close: () => redis.disconnect() });
}

export function memberDoor({ get, close }: { readonly get: (key: string) => Promise<string | null>; readonly close: () => void }): Door {
  return {
    hasGuards: false,
    perform: async ({ key }) => {
      try {
        const value = await get(key);
        return done(value === null ? { kind: "absent" } : { kind: "found", value });
      } catch (error) {
        await pause(PAUSE_MS);
        const { message } = error as Error;
        return ELSEWHERE.test(message) ? refused("wrongShard", message) : unknown("connectionLost");
      }
    },
    close: () => Promise.resolve(close()),
  };
}
