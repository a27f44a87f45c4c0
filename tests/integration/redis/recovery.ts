// How much longer a client may have nothing acknowledged of what it writes to one slot, by what happens to who serves it, than in as long
// a time in which nothing happens: a busy machine keeps it waiting, too. Where a server fails over at once, the clients themselves need 25
// to 40 ms after a leader has stepped down, and so does ioredis after one has died; node-redis waits until the address is there again, or
// for five seconds (docs/performance.md). Those that know one address have a member there that stays, and that finds the others for them.
// The rest is an election, a restart, and room for a machine that does many other things.
import { SINGLE_CLIENTS } from "./clients.ts";

export const FAULTS = ["killed", "stopped", "moved"] as const;
export type Fault = (typeof FAULTS)[number];
export type Recovery = Readonly<Record<Fault, number>>;

const FINDS_OTHERS: Recovery = { killed: 6_000, stopped: 3_000, moved: 3_000 };
const WAITS_FOR_THE_ADDRESS: Recovery = { killed: 12_000, stopped: 3_000, moved: 3_000 };
/**
 * Of somebody else, where the address is not there again by then: as long as where a server fails over at once. It tries the address after
 * 1.6 to 2.6 and 3.2 to 4.4 s (50 ms doubled each time, each with up to 200 ms of chance), then from 5.2 to 6.6 s on: a member that is
 * there again by the third second is in time for every draw.
 */
const ASKS_AFTER_FIVE_SECONDS: Recovery = { killed: 5_515, stopped: 3_000, moved: 3_000 };

/** In milliseconds, by the name of the client. */
export const RECOVERY_MS: Readonly<Record<string, Recovery>> = {
  "ioredis 5": FINDS_OTHERS,
  "ioredis 6": FINDS_OTHERS,
  "node-redis 4": WAITS_FOR_THE_ADDRESS,
  "node-redis 5": WAITS_FOR_THE_ADDRESS,
  "node-redis 6": ASKS_AFTER_FIVE_SECONDS,
  ...Object.fromEntries(SINGLE_CLIENTS.map(({ name }) => [name, FINDS_OTHERS])),
};
