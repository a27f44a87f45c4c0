import { decodeManifest, encodeManifest } from "../../../../runtime/files/s3/manifest.ts";
import { folderOf, objectOf } from "../../../../runtime/files/s3/s3-url.ts";
import { elementsIn, escaped, textIn } from "../../../../runtime/files/s3/s3-xml.ts";

test("elements are found by name, their text is unescaped", () => {
  const xml =
    '<?xml version="1.0"?><R xmlns="x"><Contents><Key>a &amp; b&#x41;</Key></Contents><Contents><Key>c</Key></Contents><KeyCount>2</KeyCount></R>';
  expect(elementsIn(xml, "Contents").map((each) => textIn(each, "Key"))).toEqual(["a & bA", "c"]);
  expect(textIn(xml, "None")).toBeNull();
  expect(textIn(`<E>${escaped('"<&>"')}</E>`, "E")).toBe('"<&>"');
});

test("URLs are bucket and key", () => {
  expect(objectOf("s3://some-bucket/a%20b/c")).toEqual({ bucket: "some-bucket", key: "a b/c" });
  expect(folderOf("s3://some-bucket/a")).toEqual({ bucket: "some-bucket", key: "a/" });
  expect(folderOf("s3://some-bucket")).toEqual({ bucket: "some-bucket", key: "" });
  for (const url of ["s3:/x", "s3://", "s3://Upper/x", "s3://ok-bucket/%"]) expect(() => objectOf(url)).toThrow();
});

test("a manifest of another tool names no parts", () => {
  expect(decodeManifest(encodeManifest({ job: "j", parts: ["part-00000"] }))).toEqual(["part-00000"]);
  for (const text of ["", "{}", "null", null]) expect(decodeManifest(text)).toBeNull();
});
