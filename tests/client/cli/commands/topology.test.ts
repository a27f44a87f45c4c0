import { missing } from "../../../../client/cli/commands/topology.ts";

test("groups up to the wanted number that are not there join", () => {
  expect(missing(["1", "3"], 4)).toEqual(["2", "4"]);
  expect(missing(["1", "2", "other"], 2)).toEqual([]);
});
