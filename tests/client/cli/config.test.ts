import { runConfig } from "../../../client/cli/config.ts";

test("what is not said is as the help has it", () => {
  expect(runConfig([])).toEqual({ data: ".flotilla", port: 7400, once: false });
  expect(runConfig(["--once", "--data", "d", "--port", "9000"])).toEqual({ data: "d", port: 9000, once: true });
  expect(runConfig(["-h"])).toBe("help");
});

test.each([
  { args: ["--port", "80"], says: "--port must be a whole number from 1024 to 65000" },
  { args: ["--port", "many"], says: "--port must be" },
  { args: ["--data", ""], says: "--data must name a directory" },
  { args: ["--twice"], says: "Unknown option '--twice'" },
  { args: ["now"], says: "Unexpected argument 'now'" },
])("$args is refused in one line", ({ args, says }) => {
  expect(() => runConfig(args)).toThrow(says);
});
