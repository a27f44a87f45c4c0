import { encodePart, signed } from "../../../../runtime/files/s3/signature.ts";

// The examples of Amazon's documentation of Signature Version 4.
const credentials = { accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", sessionToken: null };
const given = { region: "us-east-1", credentials, at: new Date("2013-05-24T00:00:00Z"), body: Buffer.alloc(0) };
const HOST = "https://examplebucket.s3.amazonaws.com";

test.each([
  {
    name: "GET with a range",
    request: { method: "GET", url: new URL(`${HOST}/test.txt`), headers: { range: "bytes=0-9" } },
    signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  },
  {
    name: "PUT with a body and a key that is encoded",
    request: {
      method: "PUT",
      url: new URL(`${HOST}/${encodePart("test$file.text")}`),
      headers: { date: "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY" },
      body: Buffer.from("Welcome to Amazon S3."),
    },
    signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
  },
  {
    name: "a query",
    request: { method: "GET", url: new URL(`${HOST}/?max-keys=2&prefix=J`), headers: {} },
    signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
  },
])("$name", ({ request, signature }) => {
  expect(signed({ ...given, ...request })["authorization"]).toMatch(new RegExp(`Signature=${signature}$`));
});

test("a lent key sends its token, signed", () => {
  const headers = signed({ ...given, credentials: { ...credentials, sessionToken: "t" }, method: "GET", url: new URL(HOST), headers: {} });
  expect(headers["x-amz-security-token"]).toBe("t");
  expect(headers["authorization"]).toContain("x-amz-security-token");
});
