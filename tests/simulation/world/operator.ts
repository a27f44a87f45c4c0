// The supervisor that starts a process again when it ends, and the person who is called when that does not help: who
// empties a damaged disk, and ends a member that was taken out of the group.
import type { World } from "./world.ts";
import type { Process } from "./process.ts";
import { Violation } from "./violation.ts";

const LOOK_EVERY_US = 50_000;
const BACK_OFF_MS = { min: 50, max: 500 } as const;
/** How long a person needs to come, look and act. */
const PERSON_MS = { min: 300, max: 3_000 } as const;

export class Operator {
  readonly #world: World;
  readonly #busyWith = new Set<Process>();
  /** Faults are over: everybody acts at once. */
  #isHealing = false;

  constructor(world: World) {
    this.#world = world;
  }

  start(): void {
    this.#look();
  }

  /** Every place that is wanted gets a process over a disk that is either sound or empty. */
  heal(): void {
    this.#isHealing = true;
    this.#busyWith.clear();
    for (const process of this.#world.processes) this.#heal(process);
  }

  #heal(process: Process): void {
    // A removal that may not have taken effect: then the group may need this member.
    if (!process.isWanted && process.member !== null && !this.#wasRemoved(process)) process.isWanted = true;
    if (!process.isWanted) {
      process.kill();
      return;
    }
    // Damage is found when it is read; what nobody has read since is read now.
    if (process.isRunning && this.#world.budget.isDestroyed(process.member)) process.losePower();
    process.resume();
    process.start();
  }

  #look(): void {
    for (const process of this.#world.processes) if (!this.#busyWith.has(process)) this.#attendTo(process);
    this.#world.after(LOOK_EVERY_US, () => this.#look());
  }

  #attendTo(process: Process): void {
    const { ending } = process;
    if (!process.isWanted) {
      if (process.isRunning && this.#wasRemoved(process)) this.#soon(process, PERSON_MS, () => process.kill());
      return;
    }
    if (process.isOutdated) this.#soon(process, BACK_OFF_MS, () => this.#reconfigure(process));
    // Whoever was stopped by a fault is started by its end.
    if (process.isRunning || ending === null) return;
    if (ending === "damaged") {
      this.#checkIsDamaged(process);
      this.#world.effects["damage detected"]++;
      this.#soon(process, PERSON_MS, () => {
        process.wipe();
        process.start();
      });
    } else if (ending === "outdated") {
      this.#world.effects["outdated binary stopped"]++;
      this.#soon(process, PERSON_MS, () => process.install("new"));
    } else this.#soon(process, BACK_OFF_MS, () => process.start());
  }

  /** To call a sound disk damaged costs a member, and a group that does it twice. */
  #checkIsDamaged(process: Process): void {
    if (this.#world.budget.isDestroyed(process.member)) return;
    throw new Violation("invariant", "only what is damaged is called damaged", `${process.name} refuses its disk: ${process.lastWords}`);
  }

  #reconfigure(process: Process): void {
    process.kill();
    process.start();
  }

  #wasRemoved({ member }: Process): boolean {
    return this.#world.leader?.hasRemoved(member) === true;
  }

  #soon(process: Process, within: { readonly min: number; readonly max: number }, act: () => void): void {
    this.#busyWith.add(process);
    const delayMs = this.#isHealing ? 20 : this.#world.random.child(`operator ${this.#world.nowUs}`).between(within.min, within.max);
    this.#world.after(delayMs * 1_000, () => {
      if (!this.#busyWith.delete(process)) return;
      act();
    });
  }
}
