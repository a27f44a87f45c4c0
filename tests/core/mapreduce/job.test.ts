import { asJob, DEFAULT_OPTIONS, INPUT_FORMATS, ISOLATIONS, PARTITIONERS } from "../../../core/mapreduce/job.ts";

test("what nobody asked for is isolated, tried again, and leaves nothing out", () => {
  expect(DEFAULT_OPTIONS).toMatchObject({ isolation: "process", skipsMax: 0, backups: true });
  expect(DEFAULT_OPTIONS.attemptsMax).toBeGreaterThan(1);
  expect(INPUT_FORMATS).toContain(DEFAULT_OPTIONS.inputFormat);
  expect(ISOLATIONS).toContain(DEFAULT_OPTIONS.isolation);
  expect(PARTITIONERS).toContain(DEFAULT_OPTIONS.partitioner);
});

test("an id is its text", () => {
  expect(asJob("j")).toBe("j");
});
