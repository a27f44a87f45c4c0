// What processes ask a controller on its peer port: how a group was founded, and which configuration has a number. Each may
// be asked of any controller; what has to be recorded only the leader takes, and the asker tries the next one.
import type { Outcome } from "../../core/base/outcome.ts";
import { done, refused } from "../../core/base/outcome.ts";
import type { ClientOperation } from "../../core/replica/events.ts";
import type { ControllerCommand, ControllerQuery } from "../../core/shard-controller/commands.ts";
import { encodeControllerCommand, encodeControllerQuery } from "../../core/shard-controller/commands.ts";
import type { ControllerStateMachine } from "../../core/shard-controller/controller-state-machine.ts";
import type { FoundingAnswer, FoundingQuestion } from "../../core/shard-controller/founding-question.ts";
import { FOUNDING_QUESTION, parseFoundingQuestion } from "../../core/shard-controller/founding-question.ts";
import { isSameAddress } from "../../core/shard-controller/next-configuration.ts";
import type { ControllerResult, Founding } from "../../core/shard-controller/results.ts";
import { decodeControllerResult } from "../../core/shard-controller/results.ts";
import { encodeConfiguration } from "../../core/shards/configuration.ts";
import type { ConfigurationAnswer } from "../../core/shards/group-questions.ts";
import { CONFIGURATION_QUESTION, parseConfigurationQuestion } from "../../core/shards/group-questions.ts";
import type { PeerQuestion } from "../peers/peer-questions.ts";
import type { Life, MemberView } from "./member.ts";

type Controller = MemberView<ControllerStateMachine>;

/** Less than an asker waits, so that it hears why. */
const TIMEOUT_MS = 1_500;

export function controllerQuestions(member: Controller): Readonly<Record<string, PeerQuestion>> {
  return {
    [FOUNDING_QUESTION]: (body) => answerFounding(member, body),
    [CONFIGURATION_QUESTION]: (body) => answerConfiguration(member, body),
  };
}

async function answerFounding(member: Controller, body: unknown): Promise<Outcome<FoundingAnswer>> {
  const question = parseFoundingQuestion(body);
  if (question === null) return refused("badRequest", "this is no question about a founding");
  const { life } = member;
  if (life === null) return starting(member);
  const { cluster } = life;
  if (question.cluster !== null && question.cluster !== cluster) return done({ cluster, founding: null });
  const known = await read(life, { kind: "founding", group: question.group });
  if (known.kind !== "done") return known;
  let founding = known.value.kind === "founding" ? known.value.founding : null;
  if (founding === null && question.found !== null) {
    const recorded = await write(life, { kind: "found", group: question.group, members: question.found });
    if (recorded.kind !== "done") return recorded;
    if (recorded.value.kind !== "founding") return refused("overloaded", messageOf(recorded.value));
    founding = recorded.value.founding;
  }
  if (founding === null) return done({ cluster, founding: null });
  const announced = await announce(life, question, founding);
  if (announced !== null) return announced;
  return done({ cluster, founding: { cluster, group: question.group, members: founding.members } });
}

/** Null: it is known where the asker is. */
async function announce(life: Life, { group, ordinal, address }: FoundingQuestion, founding: Founding): Promise<Outcome<never> | null> {
  const known = founding.addresses.get(ordinal);
  if (known !== undefined && isSameAddress(known, address)) return null;
  const announced = await write(life, { kind: "announce", group, ordinal, address });
  if (announced.kind !== "done") return announced;
  return announced.value.kind === "changed" ? null : refused("badRequest", messageOf(announced.value));
}

async function answerConfiguration(member: Controller, body: unknown): Promise<Outcome<ConfigurationAnswer>> {
  const question = parseConfigurationQuestion(body);
  if (question === null) return refused("badRequest", "this is no question about a configuration");
  const { life } = member;
  if (life === null) return starting(member);
  const { cluster } = life;
  if (question.cluster !== null && question.cluster !== cluster) return done({ cluster, oldest: 0, latest: 0, configuration: null });
  const outcome = await read(life, { kind: "configuration", number: question.number });
  if (outcome.kind !== "done") return outcome;
  const { oldest, latest } = life.machine.kept;
  if (outcome.value.kind !== "configuration") return done({ cluster, oldest, latest, configuration: null });
  const configuration = Buffer.from(encodeConfiguration(outcome.value.configuration)).toString("base64");
  const frozenTo = life.machine.settlements.get(outcome.value.configuration.number);
  return done({ cluster, oldest, latest, configuration, ...(frozenTo === undefined ? {} : { frozenTo }) });
}

const read = (life: Pick<Life, "host">, query: ControllerQuery): Promise<Outcome<ControllerResult>> =>
  perform(life, { kind: "read", query: encodeControllerQuery(query), consistency: "linearizable" });

const write = (life: Pick<Life, "host">, command: ControllerCommand): Promise<Outcome<ControllerResult>> =>
  perform(life, { kind: "write", command: encodeControllerCommand(command), session: null });

async function perform({ host }: Pick<Life, "host">, operation: ClientOperation): Promise<Outcome<ControllerResult>> {
  const outcome = await host.request(operation, { timeoutMs: TIMEOUT_MS });
  if (outcome.kind !== "done") return outcome;
  const result = outcome.value.kind === "result" ? decodeControllerResult(outcome.value.result) : null;
  return result === null ? refused("internal", "the controllers answered in a way that this member doesn't know") : done(result);
}

const starting = ({ waiting }: Controller): Outcome<never> =>
  refused("starting", `this controller is waiting: ${waiting.reasons.join("; ")}`);

const messageOf = (result: ControllerResult): string =>
  "message" in result ? result.message : `an answer of another kind: ${result.kind}`;
