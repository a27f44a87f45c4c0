import { checkIsLocal } from "../../../../client/cli/jobs/local-job.ts";

const request = (inputs: readonly string[], output: string) => ({ id: "j", app: "sort", inputs, output, options: {} });

test.each(["s3://bucket/x", "kv:users/", "files:books", "https://host/x", "hdfs://x"])(
  "--local refuses %s as a whole, and says why",
  (url) => {
    const message = `--local reads and writes files of this machine, and ${url} is none`;
    expect(() => checkIsLocal(request(["file:///in", url], "file:///out"))).toThrow(message);
    expect(() => checkIsLocal(request(["file:///in"], url))).toThrow(message);
  },
);

test("--local takes files", () => {
  expect(() => checkIsLocal(request(["file:///in", "file:/more"], "file:///out"))).not.toThrow();
});
