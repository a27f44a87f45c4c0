// A member's state machine with somebody looking over its shoulder: what is applied, what is answered, and when a snapshot
// has taken the place of the state. Changes nothing of what the machine does.
import type { Outcome } from "../../../core/base/outcome.ts";
import type { Deadline, Partition, PartitionedMachine } from "../../../core/replica/partitioned-machine.ts";
import type { ScrubBudget, Scrubbed } from "../../../core/replica/scrub.ts";
import type { ApplyContext, Restoration, SnapshotSource } from "../../../core/replica/state-machine.ts";
import type { Applied } from "../invariants/invariant.ts";

export type MachineObserver = {
  readonly applied: (applied: Applied) => void;
  readonly restored: () => void;
};

export class ObservedMachine implements PartitionedMachine {
  readonly #machine: PartitionedMachine;
  readonly #observer: MachineObserver;

  constructor(machine: PartitionedMachine, observer: MachineObserver) {
    this.#machine = machine;
    this.#observer = observer;
  }

  apply(command: Uint8Array, context: ApplyContext): Uint8Array {
    const result = this.#machine.apply(command, context);
    const { index, serviceIndex, stampMs } = context;
    this.#observer.applied({ index, serviceIndex, stampMs, command, result });
    return result;
  }

  query(query: Uint8Array): Outcome<Uint8Array> {
    return this.#machine.query(query);
  }

  partitionOf(command: Uint8Array): Partition {
    return this.#machine.partitionOf(command);
  }

  nextDeadline(): Deadline | null {
    return this.#machine.nextDeadline();
  }

  get stampFloorMs(): number {
    return this.#machine.stampFloorMs;
  }

  get sessionCount(): number {
    return this.#machine.sessionCount;
  }

  get answerBytes(): number {
    return this.#machine.answerBytes;
  }

  get workBytes(): number {
    return this.#machine.workBytes ?? 0;
  }

  snapshot(): SnapshotSource {
    return this.#machine.snapshot();
  }

  restore(): Restoration {
    const restoration = this.#machine.restore();
    return {
      write: (bytes) => restoration.write(bytes),
      finish: () => {
        const isWhole = restoration.finish();
        if (isWhole) this.#observer.restored();
        return isWhole;
      },
    };
  }

  digest(): string {
    return this.#machine.digest();
  }

  scrub(budget: ScrubBudget): Scrubbed {
    return this.#machine.scrub(budget);
  }

  grows(command: Uint8Array): boolean {
    return this.#machine.grows(command);
  }

  whyTooMuch(command: Uint8Array): string | null {
    return this.#machine.whyTooMuch?.(command) ?? null;
  }

  versionOf(command: Uint8Array): number {
    return this.#machine.versionOf(command);
  }
}
