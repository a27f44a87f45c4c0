// What the programs of `helm test` share: a token, where there is one, and the patience that every client needs while a leader is missing.
const PATIENCE_MS = 60_000;
const { TOKEN } = process.env;

export const authorization = TOKEN ? { authorization: `Bearer ${TOKEN}` } : {};

/** Asks again until it is answered. */
export async function untilDone(what, attempt) {
  const untilMs = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > untilMs) throw new Error(`${what}: not within ${PATIENCE_MS} ms`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

export function expect(found, wanted) {
  if (found !== wanted) throw new Error(`found ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`);
}
