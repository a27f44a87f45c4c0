import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { S3Client } from "../../../../runtime/files/s3/s3-client.ts";

test("uploads under way are found on all pages", async () => {
  const names = Array.from({ length: 5 }, (_, i) => `out/part-0000${String(i)}`);
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? "", "http://s3").searchParams;
    const from = names.indexOf(query.get("key-marker") ?? "") + 1;
    const page = names.slice(from, from + 2);
    const uploads = page.map((key) => `<Upload><Key>${key}</Key><UploadId>id-${key.slice(-1)}</UploadId></Upload>`).join("");
    const isTruncated = from + 2 < names.length;
    const next = `<NextKeyMarker>${page.at(-1) ?? ""}</NextKeyMarker><NextUploadIdMarker>x</NextUploadIdMarker>`;
    response.end(`<R><IsTruncated>${String(isTruncated)}</IsTruncated>${isTruncated ? next : ""}${uploads}</R>`);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const credentials = { accessKey: "a", secretKey: "s", sessionToken: null };
  const s3 = new S3Client({ endpoint: `http://127.0.0.1:${String(port)}`, region: "r", credentials });
  const found = await s3.uploads({ bucket: "b", key: "out/part-" });
  expect(found.map(({ key, upload }) => [key, upload])).toEqual(names.map((key) => [key, `id-${key.slice(-1)}`]));
  server.closeAllConnections();
  await new Promise((resolve) => void server.close(resolve));
});
