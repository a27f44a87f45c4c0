import { ScanCursors } from "../../../runtime/redis/scan-cursors.ts";

const MANY = 10_000;
const at = (shard: number) => ({ shard, after: null });

test("a scan that is slow goes on where it was, however many pages another has taken meanwhile", () => {
  const cursors = new ScanCursors(0n);
  const slow = cursors.add(at(7), "0");
  for (let [i, cursor] = [0, "0"]; i < MANY; i++) cursor = cursors.add(at(1), cursor);
  expect(cursors.at(slow)).toEqual(at(7));
});

test("a page can be asked for again after the next one was given", () => {
  const cursors = new ScanCursors(0n);
  const first = cursors.add(at(1), "0");
  const second = cursors.add(at(2), first);
  expect([cursors.at(first), cursors.at(second)]).toEqual([at(1), at(2)]);
  const third = cursors.add(at(3), second);
  expect([cursors.at(first), cursors.at(second), cursors.at(third)]).toEqual([null, at(2), at(3)]);
});

test("of scans that nobody goes on with the oldest are forgotten", () => {
  const cursors = new ScanCursors(0n);
  const oldest = cursors.add(at(1), "0");
  let latest = "";
  for (let i = 0; i < MANY; i++) latest = cursors.add(at(2), "0");
  expect([cursors.at(oldest), cursors.at(latest)]).toEqual([null, at(2)]);
});
