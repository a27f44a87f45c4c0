import { asGroup } from "../../../../core/base/ids.ts";
import { GroupOrigins } from "../../../../runtime/http/kv/group-origins.ts";

const GROUP = asGroup("1");
const NAMES = ["http://a", "http://b", "http://c"];
const members = NAMES.map((http) => ({ peer: "x:1", http, redis: null }));
const origins = () => new GroupOrigins((group) => (group === GROUP ? members : []));
const write = { group: GROUP, kind: "write" } as const;
const read = { group: GROUP, kind: "read" } as const;

test("reads go round, and nobody is asked twice", () => {
  const some = origins();
  expect(new Set([1, 2, 3].map(() => some.choose(read, new Set(), 0)))).toEqual(new Set(NAMES));
  expect(some.choose(read, new Set(NAMES), 0)).toBeNull();
  expect(some.choose({ ...read, group: asGroup("9") }, new Set(), 0)).toBeNull();
});

test("a write goes to who leads as far as is known, until that one doesn't answer", () => {
  const some = origins();
  some.leads(GROUP, "http://b");
  expect([1, 2, 3].map(() => some.choose(write, new Set(), 0))).toEqual(["http://b", "http://b", "http://b"]);
  expect(some.leaderOf(GROUP)).toBe("http://b");
  some.avoid(GROUP, "http://b", 0);
  expect(some.leaderOf(GROUP)).toBeNull();
  for (let n = 0; n < 6; n++) expect(some.choose(write, new Set(), 999)).not.toBe("http://b");
  expect(some.choose(write, new Set(["http://a", "http://c"]), 999)).toBe("http://b");
});

test("an answer can't send anybody to where no member is", () => {
  const some = origins();
  some.leads(GROUP, "http://elsewhere");
  expect(some.leaderOf(GROUP)).toBeNull();
});
