import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { JobApi } from "../../../../client/cli/jobs/job-api.ts";

test("all tasks of a job are asked for, however many there are", async () => {
  const asked: (string | undefined)[] = [];
  const server = createServer(({ url }, response) => {
    asked.push(url);
    const after = Number(/after=(\d+)/.exec(url ?? "")?.[1]);
    const tasks = [{ phase: "map", task: after }];
    response.setHeader("content-type", "application/json").end(JSON.stringify({ tasks, next: after < 10_000 ? after + 5_000 : null }));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const endpoints = [`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`];
  const api = new JobApi({ local: null, endpoints, tokens: { data: null, admin: null } });
  expect((await api.tasks("j")).map(({ task }) => task)).toEqual([0, 5_000, 10_000]);
  expect(asked).toHaveLength(3);
  server.closeAllConnections();
  await new Promise((resolve) => void server.close(resolve));
});
