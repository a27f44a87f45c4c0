import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keepTokens, readTokens, TOKENS_FILE } from "../../../../client/cli/local/tokens-file.ts";

const directory = mkdtempSync(join(tmpdir(), "flotilla-tokens-"));
const path = join(directory, TOKENS_FILE);
const mode = (): number => statSync(path).mode & 0o777;
afterAll(() => rmSync(directory, { recursive: true }));

test("are made once, are two, and are for their owner only", () => {
  expect(readTokens(directory)).toBeNull();
  const made = keepTokens(directory);
  expect(mode()).toBe(0o600);
  expect(made.data).not.toBe(made.admin);
  expect(made.data.length).toBeGreaterThan(20);
  chmodSync(path, 0o644);
  expect(keepTokens(directory)).toEqual(made);
  expect(readTokens(directory)).toEqual(made);
  expect(mode()).toBe(0o600);
});

test.each(["", "{}", '{"data":"a"}', '{"data":"","admin":"b"}'])("%s is not replaced silently", (content) => {
  writeFileSync(path, content);
  expect(() => keepTokens(directory)).toThrow('does not hold {"data","admin"}');
});
