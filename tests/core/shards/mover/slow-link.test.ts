// A move over a link that carries so many bytes in a second, whoever asks. Questions share it, and have the time that they ask for.
import { utf8 } from "../../../../core/base/bytes.ts";
import { asTerm } from "../../../../core/base/ids.ts";
import type { Outcome } from "../../../../core/base/outcome.ts";
import { done, unknown } from "../../../../core/base/outcome.ts";
import type { CompanionEffect } from "../../../../core/replica/companion.ts";
import { Mover } from "../../../../core/shards/mover/mover.ts";
import { configurationOf } from "../bench/configurations.ts";
import { ShardedGroup } from "../sharded-group.ts";

const TICK_MS = 100;
const KEYS = Array.from({ length: 12 }, (_, i) => `{${String(i)}}`);

type Under = { readonly ask: number; readonly outcome: Outcome<Uint8Array>; readonly untilMs: number; bytes: number };

class SlowLink {
  readonly source = new ShardedGroup("1", 10_000);
  readonly receiver = new ShardedGroup("2");
  readonly mover = new Mover({ machine: this.receiver.machine, own: null });
  readonly #bytesPerTick: number;
  #underWay: Under[] = [];
  late = 0;

  constructor(bytesPerSecond: number) {
    this.#bytesPerTick = (bytesPerSecond * TICK_MS) / 1_000;
    for (const group of [this.source, this.receiver]) group.adopt(configurationOf(1, 2, owned(1)));
    for (const key of KEYS) for (const end of ["a", "b"]) this.source.put(key + end, "x".repeat(1_000_000));
    for (const group of [this.source, this.receiver]) group.adopt(configurationOf(2, 2, owned(2)));
  }

  get arrived(): number {
    return KEYS.filter((key) => this.receiver.statusOf(key).kind === "serving").length;
  }

  run(seconds: number): void {
    for (let nowMs = 0; nowMs < seconds * 1_000 && this.arrived < KEYS.length; nowMs += TICK_MS) {
      this.#perform(this.mover.step({ kind: "tick", nowMs, isLeading: true, term: asTerm(1) }), nowMs);
      const ended = this.#underWay.filter((under) => {
        under.bytes -= this.#bytesPerTick / this.#underWay.length;
        return under.bytes <= 0 || nowMs >= under.untilMs;
      });
      this.#underWay = this.#underWay.filter((under) => !ended.includes(under));
      for (const { ask, outcome, bytes } of ended) {
        if (bytes > 0) this.late++;
        const told = bytes > 0 ? unknown("deadline") : outcome;
        this.#perform(this.mover.step({ kind: "answered", ask, outcome: told, configNumber: 2 }), nowMs);
      }
    }
  }

  #perform(effects: readonly CompanionEffect[], nowMs: number): void {
    for (const effect of effects) {
      if (effect.kind === "propose") {
        const outcome = this.receiver.apply(effect.command);
        this.#perform(this.mover.step({ kind: "proposalEnded", id: effect.id, outcome }), nowMs);
      } else {
        const outcome = this.#answer(effect);
        const bytes = outcome.kind === "done" ? Math.ceil(outcome.value.length / 3) * 4 : 0;
        this.#underWay.push({ ask: effect.ask, outcome, untilMs: nowMs + effect.timeoutMs, bytes });
      }
    }
  }

  #answer({ question }: Extract<CompanionEffect, { readonly kind: "ask" }>): Outcome<Uint8Array> {
    if (question.to === "controllers") return done(utf8(""));
    const { kind, bytes } = question.operation;
    return kind === "write" ? this.source.apply(bytes) : this.source.machine.query(bytes);
  }
}

const owned = (group: number): Record<string, number> => Object.fromEntries(KEYS.map((key) => [key, group]));

test("a move of large values over a slow link ends", () => {
  const link = new SlowLink(200_000);
  link.run(1_000);
  expect(link.arrived).toBe(KEYS.length);
  // Most are late before the pace is found, and few once it is.
  expect(link.late).toBeLessThan(4 * KEYS.length);
});
