// A state machine with one alarm, for the tests of what a leader does about deadlines: it rings by an entry, and reads say
// whether it has. And a companion that remembers what it was told.
import { textOf, utf8 } from "../../../../core/base/bytes.ts";
import type { Outcome } from "../../../../core/base/outcome.ts";
import { done } from "../../../../core/base/outcome.ts";
import type { Companion, CompanionEffect, CompanionEvent } from "../../../../core/replica/companion.ts";
import { OnePartition } from "../../../../core/replica/applied/one-partition.ts";
import type { Deadline } from "../../../../core/replica/partitioned-machine.ts";
import type { ApplyContext, Restoration, SnapshotSource, StateMachine } from "../../../../core/replica/state-machine.ts";

class Alarm implements StateMachine {
  alarmMs: number | null = null;
  applied: string[] = [];

  apply(command: Uint8Array, { stampMs }: ApplyContext): Uint8Array {
    const text = textOf(command);
    this.applied.push(text);
    if (text.startsWith("in ")) this.alarmMs = stampMs + Number(text.slice(3));
    if (text === "ring" && this.alarmMs !== null && this.alarmMs <= stampMs) this.alarmMs = null;
    return this.query();
  }

  query(): Uint8Array {
    return utf8(this.alarmMs === null ? "silent" : "set");
  }

  snapshot(): SnapshotSource {
    return { next: () => false };
  }

  restore(): Restoration {
    return { write: () => true, finish: () => true };
  }

  digest(): string {
    return String(this.alarmMs);
  }

  grows(command: Uint8Array): boolean {
    return textOf(command) === "grow";
  }

  versionOf(): number {
    return 1;
  }
}

export class TimedMachine extends OnePartition {
  readonly alarm: Alarm;
  floorMs = 0;

  constructor() {
    const alarm = new Alarm();
    super(alarm, { sessionsMax: 10, openSerialsMax: 4, answerBytesMax: 1_000_000 });
    this.alarm = alarm;
  }

  override nextDeadline(): Deadline | null {
    const { alarmMs } = this.alarm;
    return alarmMs === null ? null : { atMs: alarmMs, command: utf8("ring") };
  }

  override get stampFloorMs(): number {
    return this.floorMs;
  }

  override query(): Outcome<Uint8Array> {
    return done(this.alarm.query());
  }
}

export class RecordingCompanion implements Companion {
  readonly events: CompanionEvent[] = [];
  wishes: CompanionEffect[] = [];

  step(event: CompanionEvent): readonly CompanionEffect[] {
    this.events.push(event);
    const wishes = this.wishes;
    this.wishes = [];
    return wishes;
  }

  told<K extends CompanionEvent["kind"]>(kind: K): readonly Extract<CompanionEvent, { readonly kind: K }>[] {
    return this.events.filter((event): event is Extract<CompanionEvent, { readonly kind: K }> => event.kind === kind);
  }
}
