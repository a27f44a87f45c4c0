import { isBeyond, missing } from "../../../../client/cli/commands/topology.ts";

test("groups beyond the wanted number leave, and a group that is not numbered stays", () => {
  expect(["1", "2", "3", "10", "other", "02"].filter((group) => isBeyond(group, 2))).toEqual(["3", "10"]);
});

test("groups up to the wanted number that are not there join", () => {
  expect(missing(["1", "3"], 4)).toEqual(["2", "4"]);
  expect(missing(["1", "2", "other"], 2)).toEqual([]);
});
