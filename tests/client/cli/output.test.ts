import { Output } from "../../../client/cli/output.ts";

const written = { out: "", err: "" };
beforeEach(() => {
  Object.assign(written, { out: "", err: "" });
  jest.spyOn(console, "log").mockImplementation((line: string) => void (written.out += `${line}\n`));
  jest.spyOn(console, "error").mockImplementation((line: string) => void (written.err += `${line}\n`));
});
afterEach(() => jest.restoreAllMocks());

function tellAll(output: Output): void {
  output.say("said");
  output.progress("under way");
  output.result({ a: 1 }, () => "in words");
}

test("a person gets everything on standard output", () => {
  tellAll(new Output("table"));
  expect(written).toEqual({ out: "said\nunder way\nin words\n", err: "" });
});

test("a program gets its JSON alone on standard output, and what happens meanwhile beside it", () => {
  tellAll(new Output("json"));
  expect(JSON.parse(written.out)).toEqual({ a: 1 });
  expect(written.err).toBe("under way\n");
});
