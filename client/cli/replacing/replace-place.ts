// Looks, judges and acts until a place votes again. Only the claim that a person agreed to lose is ever deleted, and it is looked once more
// right before. When it is gone there is no way back, and whatever is seen then is waited for.
import { pause } from "../../waiting.ts";
import { Trouble } from "../trouble.ts";
import type { Step } from "./judgement.ts";
import { judge } from "./judgement.ts";
import type { Place, Which } from "./place.ts";
import { lookAt } from "./place.ts";
import type { Claim, ReleaseApi } from "./release-api.ts";

export type Plan = { readonly place: Place; readonly step: Extract<Step, { readonly kind: "replace" | "wait" }> };

export type Replacing = {
  readonly api: ReleaseApi;
  readonly which: Which;
  readonly plan: Plan;
  readonly deadlineMs: number;
  readonly everyMs?: number;
  readonly say: (line: string) => void;
};

/** `claim`: that was given up, by whomever; null: it had begun anew before anybody looked. */
export type Replaced = { readonly place: Place; readonly claim: Claim | null };

const LOOK_MS = 1_000;
/** Members with much to do miss a question, and leaders change. */
const LOOKS_BEFORE_REFUSING = 5;

/** What would be done. Fails where there is nothing to do, or it may not be done. */
export async function planFor(api: ReleaseApi, which: Which, everyMs = LOOK_MS): Promise<Plan> {
  for (let look = 1; ; look += 1) {
    const place = await lookAt(api, which);
    const step = judge(place);
    if (step.kind === "votes")
      throw new Trouble(`${place.podName} is on ${place.pod?.node} and votes: nothing was done`, "see: flotilla status");
    if (step.kind !== "refuse") return { place, step };
    if (look === LOOKS_BEFORE_REFUSING) throw step.trouble;
    await pause(everyMs);
  }
}

export async function replacePlace(replacing: Replacing): Promise<Replaced> {
  const { api, which, plan, deadlineMs, everyMs = LOOK_MS } = replacing;
  const agreed = plan.step.kind === "replace" ? plan.place.claim : null;
  const untilMs = performance.now() + deadlineMs;
  let last = "";
  const say = (line: string): void => {
    if (line !== last) replacing.say(line);
    last = line;
  };
  let isGivenUp = false;
  for (;;) {
    const place = await lookAgain(api, which, say);
    if (place !== null) {
      const step = judge(place);
      if (step.kind === "votes") return replacedIn(place, agreed);
      if (step.kind === "refuse" && !isGivenUp) throw step.trouble;
      say(step.kind === "refuse" ? step.trouble.message : step.why);
      if (step.kind === "replace") {
        refuseAnother(place, agreed, step.why);
        isGivenUp = true;
        await giveUp(api, place, say);
      }
    }
    if (performance.now() > untilMs)
      throw new Trouble(
        `not within ${Math.round(deadlineMs / 1_000)} s: ${plan.place.podName} votes again (${last})`,
        "it goes on without you; the same command waits for it again",
      );
    await pause(everyMs);
  }
}

/** A Kubernetes that does not answer for a moment is asked again. Null: it did not. */
async function lookAgain(api: ReleaseApi, which: Which, say: (line: string) => void): Promise<Place | null> {
  try {
    return await lookAt(api, which);
  } catch (error) {
    if (error instanceof Trouble) throw error;
    say("Kubernetes does not answer");
    return null;
  }
}

function replacedIn(place: Place, agreed: Claim | null): Replaced {
  if (agreed !== null && place.claim?.uid === agreed.uid)
    throw new Trouble(`${place.podName} is back with its data and votes: nothing was done`, "see: flotilla status");
  return { place, claim: agreed };
}

function refuseAnother({ claim }: Place, agreed: Claim | null, why: string): void {
  if (claim?.uid !== agreed?.uid)
    throw new Trouble(`meanwhile ${why}, and that is another volume`, "if it is to be given up, too: the same command once more");
}

/** The claim first: a pod that is made again before would find it. */
async function giveUp(api: ReleaseApi, { claim, pod, isNodeLost }: Place, say: (line: string) => void): Promise<void> {
  if (claim !== null && !claim.isLeaving) {
    await api.deleteClaim(claim);
    say(`deleted its claim ${claim.name}`);
  }
  if (pod === null) return;
  await api.deletePod(pod, isNodeLost);
  say(isNodeLost ? `deleted its pod on ${pod.node}, without waiting for that node` : "deleted its pod");
}
