import type { Logger } from "../../runtime/logger.ts";
import { SILENT } from "../../runtime/logger.ts";
import { onStopSignals, shutDown } from "../../runtime/shutdown.ts";
import { sleep } from "./manual-clock.ts";

test("steps run in order, one after the other", async () => {
  const order: string[] = [];
  const step = (name: string, ms: number) => ({
    name,
    deadlineMs: 1_000,
    run: async () => {
      order.push(`${name} begins`);
      await sleep(ms);
      order.push(`${name} ends`);
    },
  });
  const results = await shutDown({ logger: SILENT, steps: [step("intake", 10), step("drain", 1)] });
  expect(order).toEqual(["intake begins", "intake ends", "drain begins", "drain ends"]);
  expect(results).toEqual(["done", "done"]);
});

test("a step that hangs is told so and left behind; one that throws stops nobody", async () => {
  const said: string[] = [];
  const say = (fields: { readonly event: string }): void => void said.push(fields.event);
  const logger: Logger = { ...SILENT, debug: say, info: say, warn: say, error: say, fatal: say, child: () => logger };
  let wasTold = false;
  const results = await shutDown({
    logger,
    steps: [
      {
        name: "hangs",
        deadlineMs: 20,
        run: (signal) => {
          signal.addEventListener("abort", () => (wasTold = true));
          return new Promise(() => undefined);
        },
      },
      {
        name: "throws",
        deadlineMs: 1_000,
        run: () => {
          throw new Error("no");
        },
      },
      { name: "last", deadlineMs: 1_000, run: () => undefined },
    ],
  });
  expect(results).toEqual(["tooSlow", "failed", "done"]);
  expect(wasTold).toBe(true);
  expect(said).toEqual(["shutdownStepTooSlow", "shutdownStepFailed", "shutdownStep", "shutdownStep"]);
});

test("the first signal stops, the second insists", () => {
  const calls: string[] = [];
  const remove = onStopSignals({
    logger: SILENT,
    onStop: (signal) => calls.push(`stop ${signal}`),
    onInsist: (signal) => calls.push(`insist ${signal}`),
  });
  process.emit("SIGTERM", "SIGTERM");
  process.emit("SIGINT", "SIGINT");
  remove();
  expect(calls).toEqual(["stop SIGTERM", "insist SIGINT"]);
  expect(process.listenerCount("SIGTERM")).toBe(0);
});
