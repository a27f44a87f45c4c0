import { endWithBug } from "../../runtime/bug-trap.ts";
import { EXIT_CODES } from "../../runtime/exit-codes.ts";
import type { LogLevel } from "../../runtime/logger.ts";
import { openLog } from "../../runtime/logger.ts";

function collect(level: LogLevel): {
  readonly lines: () => readonly Record<string, unknown>[];
  readonly log: ReturnType<typeof openLog>;
  flushed: number;
} {
  const written: string[] = [];
  const collected = {
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
    log: openLog({
      level,
      fields: { service: "replica", member: "m1" },
      destination: { write: (line) => void written.push(line), flushSync: () => void (collected.flushed += 1) },
    }),
    flushed: 0,
  };
  return collected;
}

test("a line is one JSON object with its event, level, time, message and who says it", () => {
  const { log, lines } = collect("info");
  log.logger.info({ event: "roleChanged", role: "leader", term: 7 }, "leads in term 7");
  const [line] = lines();
  expect(line).toMatchObject({
    event: "roleChanged",
    role: "leader",
    term: 7,
    level: "info",
    message: "leads in term 7",
    service: "replica",
    member: "m1",
  });
  expect(new Date(String(line?.["time"])).getTime()).toBeGreaterThan(1_600_000_000_000);
});

test("what is below the level is not written", () => {
  const { log, lines } = collect("warn");
  log.logger.info({ event: "a" }, "a");
  log.logger.child({ part: "peers" }).warn({ event: "b" }, "b");
  expect(lines().map((line) => [line["event"], line["part"]])).toEqual([["b", "peers"]]);
});

test("a bug is written down with its stack before the process ends with its code", () => {
  const collected = collect("info");
  const codes: number[] = [];
  endWithBug(collected.log, new Error("does not hold: one leader"), (code) => {
    expect(collected.flushed).toBeGreaterThan(0);
    codes.push(code);
  });
  const [line] = collected.lines();
  expect(line).toMatchObject({ event: "bug", level: "fatal" });
  expect(JSON.stringify(line)).toContain("logger.test");
  expect(codes).toEqual([EXIT_CODES.bug]);
});
