import { EventSteps } from "../../../runtime/jobs/event-steps.ts";

type Steps = { readonly steps: EventSteps<number, string>; readonly done: string[]; readonly bugs: unknown[] };

/** Each event has two effects. `react` may do what effects do: bring about other events, or fail. */
function start(react: (effect: string, steps: EventSteps<number, string>) => void = () => undefined): Steps {
  const [done, bugs]: [string[], unknown[]] = [[], []];
  const steps: EventSteps<number, string> = new EventSteps<number, string>({
    core: {
      step: (event) => {
        if (event < 0) throw new Error("a claim that did not hold");
        return [`${event}a`, `${event}b`];
      },
    },
    execute: (effect) => {
      done.push(effect);
      react(effect, steps);
    },
    onBug: (error) => bugs.push(error),
  });
  return { steps, done, bugs };
}

test("what an effect brings about at once comes after all effects of its event", () => {
  const { steps, done } = start((effect, self) => {
    if (effect === "1a") self.take(2);
  });
  steps.take(1);
  expect(done).toEqual(["1a", "1b", "2a", "2b"]);
});

test("after a bug in the core nothing is stepped, and it is told once", () => {
  const { steps, done, bugs } = start();
  steps.take(-1);
  steps.take(3);
  expect([done, bugs.length]).toEqual([[], 1]);
});

test("after a bug in an effect neither its event nor another goes on", () => {
  const { steps, done, bugs } = start(() => {
    throw new Error("a full disk");
  });
  steps.take(1);
  steps.take(2);
  expect([done, bugs.length]).toEqual([["1a"], 1]);
});

test("nothing is stepped after the end, not even what waited", () => {
  const { steps, done } = start((_effect, self) => {
    self.take(2);
    self.end();
  });
  steps.take(1);
  expect(done).toEqual(["1a", "1b"]);
});
