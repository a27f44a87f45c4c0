import type { HostEvent, HostLimits, ServiceCore } from "../../runtime/host.ts";
import { Host } from "../../runtime/host.ts";
import { eventually, ManualClock, settle, sleep } from "./manual-clock.ts";

type Event = { readonly kind: "number"; readonly n: number };
type Effect = { readonly kind: "echo"; readonly n: number } | { readonly kind: "batch"; readonly numbers: readonly number[] };

/** Echoes each number at once, and all numbers of a turn at its end. */
class Echo implements ServiceCore<Event | HostEvent, Effect> {
  readonly seen: string[] = [];
  readonly ticks: number[] = [];
  stepMs = 0;
  restTicks = 1;
  #numbers: number[] = [];
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  quietTicks(): number {
    return this.restTicks;
  }

  step(event: Event | HostEvent): readonly Effect[] {
    this.seen.push(event.kind);
    this.#clock.advance(this.stepMs);
    if (event.kind === "tick") this.ticks.push(event.monotonicMs);
    if (event.kind === "number" && event.n < 0) throw new Error("a claim that did not hold");
    if (event.kind === "number") {
      this.#numbers.push(event.n);
      return [{ kind: "echo", n: event.n }];
    }
    if (event.kind === "tick" || this.#numbers.length === 0) return [];
    const numbers = this.#numbers;
    this.#numbers = [];
    return [{ kind: "batch", numbers }];
  }
}

const running: Host<Event, Effect>[] = [];
afterEach(() => {
  for (const host of running.splice(0)) host.end();
});

type Started = {
  readonly clock: ManualClock;
  readonly core: Echo;
  readonly host: Host<Event, Effect>;
  readonly executed: Effect[];
  readonly bugs: unknown[];
};

function start(options: { readonly limits?: HostLimits; readonly execute?: (effect: Effect) => void } = {}): Started {
  const clock = new ManualClock();
  const core = new Echo(clock);
  const executed: Effect[] = [];
  const bugs: unknown[] = [];
  const host = new Host<Event, Effect>({
    core,
    clock,
    execute: (effect) => {
      executed.push(effect);
      options.execute?.(effect);
    },
    onBug: (error) => bugs.push(error),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  host.start();
  running.push(host);
  return { clock, core, host, executed, bugs };
}

const number = (n: number): Event => ({ kind: "number", n });

/** What came with each turn that had more than a tick: on a slow machine a tick may come in between. */
function turnsOf({ seen }: Echo): readonly string[] {
  const turns = seen.join(" ").split("turnEnded");
  return turns.map((turn) => turn.replaceAll("tick", "").trim()).filter((turn) => turn !== "");
}

test("what arrives together is one turn: every event, then the end, then the effects in order", async () => {
  const { core, host, executed } = start();
  for (const n of [1, 2, 3]) host.deliver(number(n));
  expect(core.seen).toEqual([]);
  await settle();
  expect(turnsOf(core)).toEqual(["number number number"]);
  expect(executed).toEqual([
    { kind: "echo", n: 1 },
    { kind: "echo", n: 2 },
    { kind: "echo", n: 3 },
    { kind: "batch", numbers: [1, 2, 3] },
  ]);
});

test("what an effect brings about at once belongs to the next turn", async () => {
  const { core, host } = start({
    execute: (effect) => {
      if (effect.kind === "echo" && effect.n === 1) host.deliver(number(2));
    },
  });
  host.deliver(number(1));
  await settle();
  expect(turnsOf(core)).toEqual(["number", "number"]);
});

test("a full mailbox turns requests away before it drops messages, and refuses no confirmation", async () => {
  const { core, host } = start({ limits: { requestsMax: 2, messagesMax: 3, sliceMs: 1_000 } });
  expect(host.offer(number(1), "request")).toBe(true);
  expect(host.offer(number(2), "request")).toBe(true);
  expect(host.offer(number(3), "request")).toBe(false);
  expect(host.offer(number(4), "message")).toBe(true);
  expect(host.offer(number(5), "message")).toBe(false);
  host.deliver(number(6));
  await settle();
  expect(core.seen.filter((kind) => kind === "number")).toHaveLength(4);
  expect(host.offer(number(7), "request")).toBe(true);
});

test("a long turn is cut, and nothing is lost or reordered by that", async () => {
  const { core, host, executed } = start({ limits: { requestsMax: 1_000, messagesMax: 1_000, sliceMs: 4 } });
  core.stepMs = 1;
  for (let n = 0; n < 100; n++) host.deliver(number(n));
  await settle(20);
  const turns = core.seen.filter((kind) => kind === "turnEnded").length;
  expect(turns).toBeGreaterThan(1);
  expect(executed.flatMap((effect) => (effect.kind === "batch" ? effect.numbers : []))).toEqual([...Array(100).keys()]);
});

test("a core that throws is reported once and never stepped again; its half-done turn has no effects", async () => {
  const { core, host, executed, bugs } = start();
  host.deliver(number(1));
  host.deliver(number(-1));
  host.deliver(number(2));
  await settle();
  expect(bugs).toHaveLength(1);
  expect(executed).toEqual([]);
  expect(host.offer(number(3), "request")).toBe(false);
  host.deliver(number(4));
  await settle();
  expect(core.seen).toEqual(["number", "number"]);
  expect(bugs).toHaveLength(1);
});

test("a core that has more to do gets another turn without any event", async () => {
  let left = 3;
  const core: ServiceCore<Event | HostEvent, Effect> = {
    step: (event) => (event.kind === "turnEnded" ? [{ kind: "echo", n: left-- }] : []),
    hasMore: () => left > 0,
  };
  const executed: Effect[] = [];
  const host = new Host<Event, Effect>({
    core,
    clock: new ManualClock(),
    execute: (effect) => executed.push(effect),
    onBug: () => undefined,
  });
  running.push(host);
  host.start();
  host.deliver(number(1));
  await settle(10);
  expect(executed.map((effect) => effect.kind === "echo" && effect.n)).toEqual([3, 2, 1]);
});

test("an effect that can't be executed is a bug too", async () => {
  const { bugs, host } = start({
    execute: () => {
      throw new Error("no such effect");
    },
  });
  host.deliver(number(1));
  await settle();
  expect(bugs).toHaveLength(1);
});

test("nothing is executed after the host was ended, not even what the same turn asked for", async () => {
  const { host, executed } = start({
    execute: () => {
      host.end();
    },
  });
  host.deliver(number(1));
  host.deliver(number(2));
  await settle();
  expect(executed).toEqual([{ kind: "echo", n: 1 }]);
});

test("events that came before the start are stepped after it", async () => {
  const clock = new ManualClock();
  const core = new Echo(clock);
  const host = new Host<Event, Effect>({ core, clock, execute: () => undefined, onBug: () => undefined });
  running.push(host);
  host.deliver(number(1));
  await settle();
  expect(core.seen).toEqual([]);
  host.start();
  await settle();
  expect(core.seen).toEqual(["number", "turnEnded"]);
});

test("a core at rest gets its ticks together, in one turn, each at its own time", async () => {
  const { core, clock } = start();
  core.restTicks = 4;
  clock.advance(25);
  await eventually("the first tick", () => core.ticks.length === 1);
  clock.advance(100);
  await eventually("four ticks in one turn", () => core.seen.join(" ").includes("tick tick tick tick turnEnded"));
  const [first = 0] = core.ticks;
  expect(core.ticks.map((ms) => ms - first)).toEqual([0, 25, 50, 75, 100]);
});

/** In a rest of eight ticks that has just begun. */
async function resting(): Promise<Started> {
  const started = start();
  const { core, clock } = started;
  core.restTicks = 8;
  clock.advance(25);
  await eventually("the first tick", () => core.ticks.length === 1);
  await settle();
  core.seen.length = 0;
  return started;
}

test("what arrives while a core rests comes after the ticks that had passed, and ends the rest where there is more to do", async () => {
  const { core, clock, host } = await resting();
  clock.advance(60);
  core.restTicks = 1;
  host.deliver(number(1));
  await settle();
  expect(core.seen).toEqual(["tick", "tick", "number", "turnEnded"]);
  core.seen.length = 0;
  clock.advance(15);
  await eventually("the next tick is not waited for", () => core.seen.length > 0);
  expect(core.seen).toEqual(["tick", "turnEnded"]);
});

test("what arrived during a rest is read after the ticks of that rest, and before the last one, which may have something to do", async () => {
  const { core, clock, host } = await resting();
  // The process stands still, and then both timers are due at once.
  setTimeout(() => host.deliver(number(1)), 150);
  const untilMs = performance.now() + 300;
  while (performance.now() < untilMs);
  clock.advance(60_000);
  await eventually("the turn", () => core.seen.includes("turnEnded"));
  expect(core.seen.slice(0, 10).join(" ")).toBe(`${"tick ".repeat(7)}number tick turnEnded`);
});

test("a tick comes after the messages that waited with it, with the real time", async () => {
  const { clock, core, host } = start();
  clock.advance(25);
  await eventually("a tick", () => core.ticks.length > 0);
  expect(core.ticks[0]).toBe(clock.nowMs);
  core.seen.length = 0;
  await sleep(1);
  clock.advance(10_000);
  await sleep(30); // the timer is due, but only when this returns does the loop go round
  host.deliver(number(1));
  await eventually("another tick", () => core.seen.includes("tick"));
  expect(core.seen.indexOf("tick")).toBe(core.seen.indexOf("turnEnded") - 1);
});
