import { utf8 } from "../../../../core/base/bytes.ts";
import { asBoot, asMember } from "../../../../core/base/ids.ts";
import { CLIENT_ID_BYTES_MAX, createClientId, isClientId, issuedMsOf } from "../../../../core/replica/applied/client-id.ts";

const ISSUED_MS = 1_800_000_000_123;

test("an id says when it was issued, and differs by member, life and count", () => {
  const ids = new Set<string>();
  for (const member of ["m1", "m2"]) {
    for (const boot of [1, 2]) {
      for (const count of [1, 2]) {
        const id = createClientId({ issuedMs: ISSUED_MS, member: asMember(member), boot: asBoot(boot), count });
        expect(issuedMsOf(utf8(id))).toBe(ISSUED_MS);
        expect(isClientId(id)).toBe(true);
        expect(id.length).toBeLessThan(30);
        ids.add(id);
      }
    }
  }
  expect(ids.size).toBe(8);
});

test.each(["", "-", "abc", "abc-", "-abc", "ABC-1", "ab c-1", "a_b-1", "0123456789-1", `a-${"b".repeat(CLIENT_ID_BYTES_MAX)}`, "ä-1"])(
  "%j is no client id",
  (text) => {
    expect(isClientId(text)).toBe(false);
    expect(issuedMsOf(utf8(text))).toBeNull();
  },
);

test("the longest id that is one", () => {
  const id = `a-${"b".repeat(CLIENT_ID_BYTES_MAX - 2)}`;
  expect(isClientId(id)).toBe(true);
  expect(issuedMsOf(utf8(id))).toBe(10);
});
