// The service of the replicated-state-machine labs: one number, and three things that can be done with it.
import { textOf, utf8 } from "../../core/base/bytes.ts";
import { FIRST_VERSION } from "../../core/replica/options.ts";
import type { Restoration, SnapshotSource, StateMachine } from "../../core/replica/state-machine.ts";

export type CounterCommand = "increment" | "decrement" | "nothing";

const CHANGES: { readonly [K in CounterCommand]: number } = { increment: 1, decrement: -1, nothing: 0 };
const COMMANDS = Object.keys(CHANGES) as readonly CounterCommand[];

export const encodeCounterCommand = (command: CounterCommand): Uint8Array => Uint8Array.of(COMMANDS.indexOf(command));
/** The value after the command. */
export const decodeCounterAnswer = (answer: Uint8Array): number => Number(textOf(answer));

export class CounterMachine implements StateMachine {
  #value = 0;
  readonly #onApply: (command: CounterCommand) => void;

  constructor(onApply: (command: CounterCommand) => void) {
    this.#onApply = onApply;
  }

  get value(): number {
    return this.#value;
  }

  apply(bytes: Uint8Array): Uint8Array {
    const command = COMMANDS[bytes[0] ?? COMMANDS.length] ?? "nothing";
    this.#value += CHANGES[command];
    this.#onApply(command);
    return this.query();
  }

  query(): Uint8Array {
    return utf8(String(this.#value));
  }

  snapshot(): SnapshotSource {
    let rest: Uint8Array | null = this.query();
    return {
      next: (slice) => {
        if (rest === null) return false;
        slice.raw(rest);
        rest = null;
        return true;
      },
    };
  }

  restore(): Restoration {
    let text = "";
    return {
      write: (bytes) => {
        text += textOf(bytes);
        return true;
      },
      finish: () => {
        this.#value = Number(text);
        return Number.isSafeInteger(this.#value);
      },
    };
  }

  digest(): string {
    return String(this.#value);
  }

  grows(): boolean {
    return false;
  }

  versionOf(): number {
    return FIRST_VERSION;
  }
}
