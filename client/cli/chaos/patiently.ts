// Asks again until it is answered: whoever is asked may be what was struck, and comes back.
import { pause } from "../../waiting.ts";

const REST_MS = 250;

/** Throws what it was told last once the time is over. */
export async function patiently<T>(untilMs: number, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() > untilMs) throw error;
      await pause(REST_MS);
    }
  }
}
