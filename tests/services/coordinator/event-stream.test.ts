import { EventEmitter } from "node:events";
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

test("one whose reader takes nothing is written no more once it has ended, and is cut off after a moment", () => {
  jest.useFakeTimers();
  try {
    const stream = new EventStream({ listen: () => () => true }, "j");
    const response = Object.assign(new EventEmitter(), { ...calls(), writableEnded: false, writableLength: 0 });
    stream.open(response as unknown as ServerResponse, { view: { id: "j" }, told: 0 } as Watched);
    stream.end();
    const written = response.write.mock.calls.length;
    jest.advanceTimersByTime(60_000);
    expect(response.write).toHaveBeenCalledTimes(written);
    expect(response.destroy).toHaveBeenCalledTimes(1);
  } finally {
    jest.useRealTimers();
  }
});

const calls = () => ({ writeHead: jest.fn(), write: jest.fn(), end: jest.fn(), destroy: jest.fn() });
