// Tells the shard controllers where this member is, and by whom its group was founded, as soon as it is a member: until they
// have it, and from time to time after that, because they may have lost it. Controllers of another cluster, or ones that
// know another founding, are not obeyed; that is said, and the member goes on serving.
import type { FoundingRecord } from "../../core/replica/identity.ts";
import type { MemberAddress } from "../../core/shards/configuration.ts";
import type { FoundingAnswer, FoundingQuestion } from "../../core/shard-controller/founding-question.ts";
import { FOUNDING_QUESTION, foundingQuestionAsJson, parseFoundingAnswer } from "../../core/shard-controller/founding-question.ts";
import type { Logger } from "../logger.ts";
import type { Controllers } from "./controllers.ts";

export type RegistrationOptions = {
  readonly controllers: Controllers;
  readonly self: Pick<FoundingQuestion, "group" | "ordinal" | "cluster">;
  readonly address: MemberAddress;
  readonly logger: Logger;
};

const PAUSE_MS = { unanswered: 500, answered: 30_000 };

export class Registration {
  readonly #options: RegistrationOptions;
  readonly #end = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #problem: string | null = null;
  #hasAnswer = false;

  constructor(options: RegistrationOptions) {
    this.#options = options;
  }

  /** Why these controllers are not obeyed; null: nothing is known against them. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Whether the controllers have said that they know of this member, in this life. */
  get isKnown(): boolean {
    return this.#hasAnswer && this.#problem === null;
  }

  /** Of a member that has no group yet. */
  async ask(found: FoundingQuestion["found"]): Promise<FoundingAnswer | null> {
    return this.#ask({ ...this.#options.self, address: this.#options.address, found });
  }

  start(founding: FoundingRecord): void {
    if (this.#end.signal.aborted) return;
    void this.#tell(founding);
  }

  end(): void {
    this.#end.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #tell(founding: FoundingRecord): Promise<void> {
    const { self, address } = this.#options;
    const answer = await this.#ask({ ...self, cluster: founding.cluster, address, found: founding.members });
    if (this.#end.signal.aborted) return;
    if (answer !== null) this.#judge(answer, founding);
    const isDone = answer !== null && this.#problem === null;
    this.#timer = setTimeout(() => void this.#tell(founding), isDone ? PAUSE_MS.answered : PAUSE_MS.unanswered);
  }

  #judge(answer: FoundingAnswer, founding: FoundingRecord): void {
    this.#hasAnswer = true;
    const problem = whyNotObeyed(answer, founding);
    if (problem === this.#problem) return;
    this.#problem = problem;
    const { logger } = this.#options;
    if (problem === null) logger.info({ event: "controllersObeyed" }, "the shard controllers are this cluster's again");
    else logger.error({ event: "controllersNotObeyed", problem }, problem);
  }

  async #ask(question: FoundingQuestion): Promise<FoundingAnswer | null> {
    const outcome = await this.#options.controllers.ask(FOUNDING_QUESTION, foundingQuestionAsJson(question), this.#end.signal);
    return outcome.kind === "done" ? parseFoundingAnswer(outcome.value, question.group) : null;
  }
}

export function whyNotObeyed(answer: FoundingAnswer, own: FoundingRecord): string | null {
  if (answer.cluster !== own.cluster) {
    return `the shard controllers belong to cluster ${answer.cluster}, this member to cluster ${own.cluster}: they are not obeyed`;
  }
  const recorded = answer.founding?.members.map(({ member }) => member).sort();
  const members = own.members.map(({ member }) => member).sort();
  if (recorded === undefined || recorded.join() === members.join()) return null;
  return `the shard controllers know another founding of group ${own.group}, by ${recorded.join(", ")}: they are not obeyed`;
}
