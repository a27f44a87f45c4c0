import { environmentOfServices, wantsColor } from "../../../client/cli/config.ts";

test("what a person says to the command line is not handed on to processes", () => {
  const given = { PATH: "/bin", FLOTILLA_LOG_LEVEL: "debug", FLOTILLA_ENDPOINT: "http://x:1", FLOTILLA_TOKEN: "secret" };
  expect(environmentOfServices(given)).toEqual({ PATH: "/bin", FLOTILLA_LOG_LEVEL: "debug" });
});

test("colours are for terminals", () => {
  expect(wantsColor({ isTTY: false } as NodeJS.WriteStream)).toBe(false);
});
