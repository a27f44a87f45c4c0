// Who may be answered while the client takes nothing, and who goes on first once it does.
import { expect, test } from "@jest/globals";
import { ReplyRoom } from "../../../runtime/redis/reply-room.ts";
import type { Place } from "../../../runtime/redis/reply-queue.ts";

const MIB = 1_048_576;

class World {
  nowMs = 0;
  unsentBytes = 0;
  heldBytes = 0;
  largestBytes = 0;
  next = place(1);
  readonly wentOn: number[] = [];
  readonly wentOnMs: number[] = [];
  readonly room: ReplyRoom;

  constructor() {
    const readHeld = (): number => this.heldBytes;
    const readLargest = (): number => this.largestBytes;
    this.room = new ReplyRoom({
      replies: {
        isNext: ({ number }) => number === this.next.number,
        get heldBytes() {
          return readHeld();
        },
        get largestBytes() {
          return readLargest();
        },
      },
      unsentBytes: () => this.unsentBytes,
      nowMs: () => this.nowMs,
    });
  }

  wait(number: number): () => void {
    return this.room.wait(place(number), (nowMs) => {
      this.wentOn.push(number);
      this.wentOnMs.push(nowMs);
    });
  }
}

function place(number: number): Place {
  return { bytes: null, isError: false, command: "get", arrivedMs: 0, requestBytes: 0, number, start: null, next: null };
}

test("a reply whose turn it is has room whatever is held behind it, and none while the client has too much to take", () => {
  const world = new World();
  world.heldBytes = 17 * MIB;
  expect([world.room.hasFor(place(1)), world.room.hasFor(place(2))]).toEqual([true, false]);
  world.unsentBytes = 17 * MIB;
  expect(world.room.hasFor(place(1))).toBe(false);
  world.unsentBytes = 0;
  world.heldBytes = 16 * MIB;
  expect(world.room.hasFor(place(2))).toBe(true);
});

test("as many go on as are likely to find room, in the order of their requests; the others wait on", () => {
  const world = new World();
  world.largestBytes = 8 * MIB;
  for (const number of [4, 2, 3]) world.wait(number);
  world.nowMs = 70;
  world.room.goOn();
  expect([world.wentOn, world.wentOnMs]).toEqual([
    [2, 3],
    [70, 70],
  ]);
  world.room.goOn();
  expect(world.wentOn).toEqual([2, 3, 4]);
});

test("nobody goes on while there is no room, and whoever left is not called", () => {
  const world = new World();
  const leave = world.wait(2);
  world.wait(3);
  world.unsentBytes = 17 * MIB;
  world.room.goOn();
  leave();
  world.unsentBytes = 0;
  world.room.goOn();
  expect(world.wentOn).toEqual([3]);
});

test("one that goes on may end the waiting of another", () => {
  const world = new World();
  let leave = (): void => undefined;
  world.room.wait(place(2), () => {
    world.wentOn.push(2);
    leave();
  });
  leave = world.wait(3);
  world.room.goOn();
  expect(world.wentOn).toEqual([2]);
});
