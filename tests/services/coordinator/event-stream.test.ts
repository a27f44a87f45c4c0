import type { ServerResponse } from "node:http";
import { PassThrough } from "node:stream";
import type { Watched } from "../../../core/coordinator/view.ts";
import type { JobListener } from "../../../runtime/jobs/coordinator-host.ts";
import { EventStream } from "../../../services/coordinator/event-stream.ts";

test("one that was ended before it was opened says how the job stands, and ends", async () => {
  const listeners = new Set<JobListener>();
  const stream = new EventStream({ listen: (_job, listener) => (listeners.add(listener), () => listeners.delete(listener)) }, "j");
  stream.end();
  const response = Object.assign(new PassThrough(), { writeHead: () => undefined });
  let text = "";
  response.on("data", (piece: Buffer) => void (text += piece.toString()));
  const closed = new Promise((resolve) => response.once("close", resolve));
  stream.open(response as unknown as ServerResponse, { view: { id: "j" }, told: 0 } as Watched);
  await closed;
  expect(text).toBe('event: job\ndata: {"id":"j"}\n\n');
  expect(listeners.size).toBe(0);
});
