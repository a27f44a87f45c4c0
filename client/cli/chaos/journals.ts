// Exactly once, checked without a search: each writer appends numbers to a key of its own and counts on another that all share.
// Whatever was acknowledged is there once and in order; what nobody knows about is there once or not at all.
import type { Door } from "../load/door.ts";
import type { Told } from "../load/recorded-clients.ts";
import { pause } from "../../waiting.ts";

export type Entry = { readonly token: string; readonly outcome: "done" | "unknown" | "refused" };

export type JournalOptions = {
  readonly doors: readonly Door[];
  readonly prefix: string;
  readonly restMs: number;
  readonly onTold: (told: Told) => void;
};

export type JournalResult = {
  readonly problems: readonly string[];
  /** What could not be read in the end. */
  readonly unread: readonly string[];
  readonly appended: number;
  readonly counted: number;
  readonly unknown: number;
};

/** A new key from time to time: values stay short. */
const ENTRIES_PER_KEY = 2_000;
/** Of all keys together: what can't be read by then is not there to be read. */
const READ_MS = 45_000;
const READ_PAUSE_MS = 500;

export class Journals {
  readonly #options: JournalOptions;
  readonly #written = new Map<string, Entry[]>();
  readonly #counted = { done: 0, unknown: 0 };
  #isOver = false;
  #working: readonly Promise<void>[] = [];

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  start(): void {
    this.#working = this.#options.doors.map((door, i) => this.#write(door, i));
  }

  /** Keys in use now. */
  get keys(): readonly string[] {
    return [...this.#written.keys(), this.#counter];
  }

  /** Ends the writing, and reads everything through one door. */
  async finish(reader: Door): Promise<JournalResult> {
    this.#isOver = true;
    await Promise.all(this.#working);
    const problems: string[] = [];
    const unread: string[] = [];
    const untilMs = performance.now() + READ_MS;
    const values = new Map(await Promise.all(this.keys.map(async (key) => [key, await this.#read(reader, key, untilMs)] as const)));
    for (const [key, entries] of this.#written) {
      const value = values.get(key);
      if (value === undefined) unread.push(key);
      else problems.push(...journalProblems(entries, value ?? "").map((problem) => `${key}: ${problem}`));
    }
    const count = values.get(this.#counter);
    if (count === undefined) unread.push(this.#counter);
    else problems.push(...counterProblems(this.#counted, BigInt(count ?? "0")));
    const all = [...this.#written.values()].flat();
    const of = (kind: Entry["outcome"]): number => all.filter(({ outcome }) => outcome === kind).length;
    return { problems, unread, appended: of("done"), counted: this.#counted.done, unknown: of("unknown") + this.#counted.unknown };
  }

  get #counter(): string {
    return `${this.#options.prefix}count`;
  }

  async #write(door: Door, writer: number): Promise<void> {
    for (let number = 0; !this.#isOver; number++) {
      const key = `${this.#options.prefix}journal/${writer}/${Math.floor(number / ENTRIES_PER_KEY)}`;
      const token = `${number};`;
      const entries = this.#written.get(key) ?? [];
      this.#written.set(key, entries);
      entries.push({ token, outcome: await this.#perform(door, { kind: "append", key, value: token }) });
      const counted = await this.#perform(door, { kind: "increment", key: this.#counter, by: "1" });
      if (counted !== "refused") this.#counted[counted] += 1;
      await pause(this.#options.restMs);
    }
  }

  async #perform(door: Door, input: Told["input"]): Promise<Entry["outcome"]> {
    const startMs = performance.now();
    const outcome = await door.perform(input);
    this.#options.onTold({ input, outcome, startMs, endMs: performance.now() });
    return outcome.kind;
  }

  /** Null: it is not there. Undefined: nobody says. */
  async #read(door: Door, key: string, untilMs: number): Promise<string | null | undefined> {
    do {
      const outcome = await door.perform({ kind: "get", key });
      if (outcome.kind === "done" && outcome.value.kind === "absent") return null;
      if (outcome.kind === "done" && outcome.value.kind === "found") return outcome.value.value;
      await pause(READ_PAUSE_MS);
    } while (performance.now() < untilMs);
    return undefined;
  }
}

/** Pure: what is wrong with a journal that one writer wrote, one entry after the other. */
export function journalProblems(entries: readonly Entry[], value: string): readonly string[] {
  const there = value.split(";").slice(0, -1);
  const times = new Map<string, number>();
  for (const token of there) times.set(`${token};`, (times.get(`${token};`) ?? 0) + 1);
  const known = new Set(entries.map(({ token }) => token));
  const named = (what: string, tokens: readonly string[]): readonly string[] =>
    tokens.length === 0 ? [] : [`${tokens.length} ${what}: ${tokens.slice(0, 5).join(" ")}${tokens.length > 5 ? " …" : ""}`];
  const of = (outcome: Entry["outcome"]): readonly string[] =>
    entries.filter((entry) => entry.outcome === outcome).map(({ token }) => token);
  // What nobody knows about may still happen after what came later.
  const answered = new Set(of("done"));
  const numbers = there.filter((token) => answered.has(`${token};`)).map(Number);
  const isInOrder = numbers.every((number, i) => i === 0 || number >= (numbers[i - 1] as number));
  return [
    ...named(
      "acknowledged and lost",
      of("done").filter((token) => !times.has(token)),
    ),
    ...named(
      "there more than once",
      [...times].filter(([, count]) => count > 1).map(([token]) => token),
    ),
    ...named(
      "refused and there",
      of("refused").filter((token) => times.has(token)),
    ),
    ...named(
      "there and never written",
      [...times.keys()].filter((token) => !known.has(token)),
    ),
    ...(isInOrder ? [] : ["not in the order in which it was written"]),
  ];
}

/** Pure: each increment by one that was acknowledged counts once, and each of unknown outcome at most once. */
export function counterProblems({ done, unknown }: { readonly done: number; readonly unknown: number }, count: bigint): readonly string[] {
  if (count < BigInt(done)) return [`${done} increments were acknowledged, and the counter is ${count}`];
  if (count > BigInt(done + unknown))
    return [`${done} increments were acknowledged and ${unknown} may have happened, and the counter is ${count}`];
  return [];
}
