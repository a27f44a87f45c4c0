// Everything that is known about one place of a group at one moment: its pod, its claim, where its volume is, what its member says, and
// how the others are.
import type { Fields } from "../json.ts";
import { fieldsOf, listOf, numberOf, textOf } from "../json.ts";
import { Trouble } from "../trouble.ts";
import type { Claim, MemberAnswers, ReleaseApi, ReplicaPod } from "./release-api.ts";
import type { Home } from "./volume-home.ts";
import { homeOf } from "./volume-home.ts";

export type Which = { readonly group: string; readonly ordinal: number };

export type Place = {
  readonly podName: string;
  readonly pod: ReplicaPod | null;
  /** Its pod is on a node that is not there any more, or not ready. */
  readonly isNodeLost: boolean;
  /** Its leader reaches it, though Kubernetes says that its node is lost. */
  readonly isReached: boolean;
  readonly claim: Claim | null;
  /** Null: it has no volume. */
  readonly home: Home | null;
  /** Null: it does not answer. */
  readonly member: { readonly id: string | null; readonly role: string } | null;
  /** It is ready, and its group's leader has it among the voters. */
  readonly votes: boolean;
  /** Of its group without it. */
  readonly others: Others;
};

/** `total`: all places of the group. */
export type Others = { readonly well: number; readonly total: number; readonly hasLeader: boolean };

type Answer = { readonly ordinal: number; readonly answers: MemberAnswers };

export async function lookAt(api: ReleaseApi, { group, ordinal }: Which): Promise<Place> {
  const [pods, nodes] = await Promise.all([api.pods(), api.nodes()]);
  const fellows = fellowsIn(pods, group, api);
  const isReached = ({ node }: ReplicaPod): boolean => nodes.some(({ name, isReady }) => name === node && isReady);
  const podName = nameAt(fellows, ordinal);
  const pod = fellows.find((each) => each.ordinal === ordinal) ?? null;
  const claim = await api.claim(`data-${podName}`);
  if (pod === null && claim === null && ordinal > Math.max(...fellows.map((each) => each.ordinal)))
    throw new Trouble(`group ${group} has no member ${ordinal}`, `it has: ${fellows.map(({ name }) => name).join(", ")}`);
  const volume = claim === null || claim.volume === null ? null : await api.volume(claim.volume);
  const asked = fellows.filter((each) => each.isRunning && !each.isLeaving && isReached(each)).map((each) => answerOf(api, each));
  const answers = (await Promise.all(asked)).flat();
  const own = answers.find((each) => each.ordinal === ordinal)?.answers.status ?? null;
  const known = membersIn(answers);
  const id = own === null ? null : textOf(own["member"]);
  const isNodeLost = pod !== null && pod.node !== null && !isReached(pod);
  return {
    ...{ podName, pod, claim, home: volume === null ? null : homeOf(volume, nodes) },
    ...{ isNodeLost, isReached: isNodeLost && (await isReachedByLeader(api, { ordinal, fellows, answers, known })) },
    member: own === null ? null : { id, role: textOf(own["role"]) ?? "?" },
    votes:
      id !== null &&
      answers.some((each) => each.ordinal === ordinal && isWell(each)) &&
      known.some((each) => each["member"] === id && each["votes"] === true),
    others: {
      well: answers.filter((each) => each.ordinal !== ordinal && isWell(each)).length,
      total: new Set([...fellows.map((each) => each.ordinal), ...known.flatMap((each) => numberOf(each["ordinal"]) ?? []), ordinal]).size,
      hasLeader: answers.some((each) => each.ordinal !== ordinal && each.answers.status["role"] === "leader"),
    },
  };
}

type Looked = {
  readonly ordinal: number;
  readonly fellows: readonly ReplicaPod[];
  readonly answers: readonly Answer[];
  readonly known: readonly Fields[];
};

async function isReachedByLeader(api: ReleaseApi, { ordinal, fellows, answers, known }: Looked): Promise<boolean> {
  const leader = answers.find((each) => each.answers.status["role"] === "leader");
  const from = fellows.find((each) => each.ordinal === leader?.ordinal);
  const http = textOf(known.find((each) => each["ordinal"] === ordinal)?.["http"]);
  return from !== undefined && http !== null && (await api.reaches(from, http));
}

function fellowsIn(pods: readonly ReplicaPod[], group: string, { release, namespace }: ReleaseApi): readonly ReplicaPod[] {
  const fellows = pods.filter((each) => each.group === group);
  if (fellows.length > 0) return fellows;
  const groups = [...new Set(pods.map((each) => each.group))].toSorted();
  if (groups.length === 0)
    throw new Trouble(`there are no pods of release ${release} in namespace ${namespace}`, "name them: --namespace N --release R");
  throw new Trouble(`there is no group ${group}`, `there are: ${groups.join(", ")}`);
}

/** Its pod may be missing just now. */
function nameAt([first]: readonly ReplicaPod[], ordinal: number): string {
  return `${first?.name.replace(/-[0-9]+$/, "") ?? ""}-${ordinal}`;
}

async function answerOf(api: ReleaseApi, pod: ReplicaPod): Promise<readonly Answer[]> {
  const answers = await api.ask(pod);
  return answers === null ? [] : [{ ordinal: pod.ordinal, answers }];
}

function isWell({ answers: { status, readiness } }: Answer): boolean {
  const isReady = listOf(readiness["checks"]).every((check) => fieldsOf(check)["ok"] === true);
  return isReady && (status["role"] === "leader" || status["role"] === "follower");
}

/** As its leader knows them; of two that say that they lead, the one with the higher term. */
function membersIn(answers: readonly Answer[]): readonly Fields[] {
  const leading = answers.filter(({ answers: { status } }) => status["role"] === "leader").map((each) => each.answers);
  const [newest] = leading.toSorted((a, b) => (numberOf(b.status["term"]) ?? 0) - (numberOf(a.status["term"]) ?? 0));
  return listOf(newest?.members["members"]).map(fieldsOf);
}
