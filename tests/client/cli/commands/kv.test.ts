import { entryJson } from "../../../../client/cli/commands/kv.ts";
import { utf8 } from "../../../../core/base/bytes.ts";

const HELD = { value: utf8("v"), version: 1, revision: 5 };

test("a scan tells a key as text where it is one, and otherwise how it tells it", () => {
  expect(entryJson({ ...HELD, key: utf8("größe") })).toEqual({ key: "größe", value: "v", version: 1, revision: 5 });
  const [one, other] = [0xff, 0xfe].map((byte) => entryJson({ ...HELD, key: new Uint8Array([byte]) }));
  expect(one).toEqual({ key: "_w", keyEncoding: "base64url", value: "v", version: 1, revision: 5 });
  expect(other).toMatchObject({ key: "_g", keyEncoding: "base64url" });
});

test("so it does with values, in base64", () => {
  expect(entryJson({ ...HELD, key: utf8("k"), value: new Uint8Array([0xff]) })).toMatchObject({
    key: "k",
    value: "/w==",
    encoding: "base64",
  });
});

test("and it says when a key ends by itself", () => {
  expect(entryJson({ ...HELD, key: utf8("k"), expiresAtMs: 1_700_000_000_000 })).toMatchObject({ expiresAtMs: 1_700_000_000_000 });
  expect(entryJson({ ...HELD, key: utf8("k"), expiresAtMs: null })).not.toHaveProperty("expiresAtMs");
});
