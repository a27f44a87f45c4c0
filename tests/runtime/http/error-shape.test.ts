import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RefusalCode } from "../../../core/base/outcome.ts";
import { REFUSALS } from "../../../core/base/outcome.ts";
import { refusalResponse, unknownResponse, UNKNOWNS } from "../../../runtime/http/error-shape.ts";

const PAGE = readFileSync(join(__dirname, "../../../docs/errors.md"), "utf8");

/** The rows of a table below a heading, as lists of cells. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
  const section = PAGE.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return section
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .split("|")
        .map((cell) => cell.trim().replaceAll("`", ""))
        .slice(1, -1),
    );
}

test("every refusal is documented with its status and advice, and nothing else is", () => {
  const documented = rowsUnder("Refused").map(([code, status, advice]) => [code, Number(status), advice]);
  expect(documented).toEqual(Object.entries(REFUSALS).map(([code, { status, advice }]) => [code, status, advice]));
});

test("every unknown outcome is documented with its status, and nothing else is", () => {
  const documented = rowsUnder("Unknown").map(([code, status]) => [code, Number(status)]);
  expect(documented).toEqual(Object.entries(UNKNOWNS).map(([code, { status }]) => [code, status]));
});

test("every row says when", () => {
  for (const row of [...rowsUnder("Refused"), ...rowsUnder("Unknown")]) expect(row.at(-1)?.length).toBeGreaterThan(10);
});

test("a refusal of another leader names it as clients reach it, not as members do", () => {
  const details = { leader: "member-b", address: "10.0.0.2:7401" };
  const { status, body } = refusalResponse({ code: "notLeader", message: "member-b leads", details }, "http://10.0.0.2:7400");
  expect(status).toBe(421);
  expect(body.error).toEqual({
    code: "notLeader",
    message: "member-b leads",
    outcome: "refused",
    retryAfterMs: 50,
    leader: "http://10.0.0.2:7400",
  });
  expect(refusalResponse({ code: "notLeader", message: "nobody leads", details }).body.error.leader).toBeUndefined();
});

test("a refusal brings its own fields, which never hide the common ones", () => {
  const { body } = refusalResponse({ code: "versionMismatch", message: "m", details: { version: 3, revision: 9, code: "other" } });
  expect(body.error).toMatchObject({ code: "versionMismatch", version: 3, revision: 9, outcome: "refused" });
  expect(body.error.retryAfterMs).toBeUndefined();
});

test.each(Object.keys(REFUSALS) as RefusalCode[])("%s says how long to wait exactly if waiting helps", (code) => {
  const { retryAfterMs } = refusalResponse({ code, message: "m" }).body.error;
  const helps = !["fixRequest", "giveUp"].includes(REFUSALS[code].advice);
  expect(retryAfterMs !== undefined).toBe(helps);
});

test("what is not known is never called refused", () => {
  expect(unknownResponse("leadershipLost").body.error).toMatchObject({ code: "leadershipLost", outcome: "unknown" });
  expect(unknownResponse("internal")).toMatchObject({ status: 500, body: { error: { code: "internal", outcome: "unknown" } } });
});
