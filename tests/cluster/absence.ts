// What a case takes away has to be away, all the while: a provider's command that does nothing proves nothing, and must not pass.
import { check, eventually, sleep } from "../integration/test-case.ts";

export type Absence = {
  readonly what: string;
  readonly isThere: () => Promise<boolean>;
  readonly forMs: number;
  /** How long it may take to go. */
  readonly withinMs?: number;
};

const CHANGES_MS = 120_000;
const LOOK_MS = 10_000;
/** On its way out it may be there at one look, and not at the next. */
const LOOKS_IN_A_ROW = 3;

/** Answers when it was away for so long. */
export async function awayFor({ what, isThere, forMs, withinMs = CHANGES_MS }: Absence): Promise<void> {
  const hasGone = async (): Promise<true | null> => {
    for (let look = 0; look < LOOKS_IN_A_ROW; look++) {
      if (await isThere()) return null;
      await sleep(1_000);
    }
    return true;
  };
  await eventually(`${what} goes away`, hasGone, { deadlineMs: withinMs, everyMs: 1_000 });
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs) {
    await sleep(Math.min(LOOK_MS, untilMs - performance.now()));
    check(!(await isThere()), `${what} stays away`);
  }
}

export async function untilBack({ what, isThere }: Pick<Absence, "what" | "isThere">): Promise<void> {
  await eventually(`${what} is back`, async () => ((await isThere()) ? true : null), { deadlineMs: CHANGES_MS, everyMs: 1_000 });
}
