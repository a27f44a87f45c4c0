// Timers of job code in a process that has timers of its own: those count that its functions started, or what they began without waiting for
// it. As with a promise, nobody knows whether one that still runs at the end would emit, and nobody waits for it; what it emitted would be
// lost. One that the code itself wants nobody to wait for (`unref`) is its own business.
import { AsyncLocalStorage } from "node:async_hooks";
import { TaskProblem } from "../task-problem.ts";
import type { Functions } from "./combining-table.ts";

type Timer = NodeJS.Timeout | NodeJS.Immediate;
type Call = (...given: readonly unknown[]) => unknown;

const code = new AsyncLocalStorage<CodeTimers>();
const STARTS = ["setTimeout", "setInterval", "setImmediate"] as const;
const ENDS = ["clearTimeout", "clearInterval", "clearImmediate"] as const;
let isListening = false;

/** Of one attempt. */
export class CodeTimers {
  readonly #running = new Set<Timer>();

  /** As they are, but that their timers are known. */
  watched(functions: Functions): Functions {
    listen();
    const { combine, partition } = functions;
    return {
      map: (...given) => code.run(this, () => functions.map(...given)),
      reduce: (...given) => code.run(this, () => functions.reduce(...given)),
      ...(combine === undefined ? {} : { combine: (...given) => code.run(this, () => combine.apply(functions, given)) }),
      ...(partition === undefined ? {} : { partition: (...given) => code.run(this, () => partition.apply(functions, given)) }),
    };
  }

  started(timer: Timer): void {
    this.#running.add(timer);
  }

  /** It has fired, or was cleared: also by its number. */
  ended(timer: unknown): void {
    for (const each of this.#running)
      if (each === timer || (typeof timer !== "object" && Number(each) === Number(timer))) this.#running.delete(each);
  }

  /** Throws if one still runs, which then does no more: there is nothing any more that it could do something for. */
  check(call: string): void {
    const left = [...this.#running].filter((timer) => timer.hasRef());
    if (left.length === 0) return;
    for (const timer of left) stop(timer);
    throw new TaskProblem("threw", `\`${call}\` left a timer running: it must have emitted everything when it returns`);
  }
}

function stop(timer: Timer): void {
  if ("refresh" in timer) clearTimeout(timer);
  else clearImmediate(timer);
}

function listen(): void {
  if (isListening) return;
  isListening = true;
  const all = globalThis as unknown as Record<string, Call>;
  for (const name of STARTS) all[name] = alike(all[name] as Call, (start) => starting(start, name !== "setInterval"));
  for (const name of ENDS) {
    all[name] = alike(all[name] as Call, (end) => (timer) => {
      code.getStore()?.ended(timer);
      return end(timer);
    });
  }
}

function starting(start: Call, isOnce: boolean): Call {
  return (callback, ...rest) => {
    const timers = code.getStore();
    if (timers === undefined || typeof callback !== "function") return start(callback, ...rest);
    const fire = function (this: unknown, ...given: readonly unknown[]): unknown {
      if (isOnce) timers.ended(timer);
      return Reflect.apply(callback, this, given);
    };
    const timer = start(fire, ...rest) as Timer;
    timers.started(timer);
    return timer;
  };
}

/** What else there is of a function stays: `promisify` finds its own there. */
function alike(original: Call, changed: (original: Call) => Call): Call {
  return Object.defineProperties(changed(original), Object.getOwnPropertyDescriptors(original));
}
