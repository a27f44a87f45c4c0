import type { ReplicaEvent } from "../../../core/replica/events.ts";
import type { DiskAnswer } from "../../../runtime/disk/disk-problem.ts";
import { diskProblem } from "../../../runtime/disk/disk-problem.ts";
import { SpaceWatch } from "../../../runtime/replica/space-watch.ts";

describe("the space on the disk", () => {
  const RESERVE = 1_000;

  type Disk = { free: number | null; isStuck: boolean; hangs: boolean; retries: number; asked: number };

  function watch(): { readonly space: SpaceWatch; readonly disk: Disk; readonly told: string[] } {
    const told: string[] = [];
    const disk: Disk = { free: 5_000, isStuck: false, hangs: false, retries: 0, asked: 0 };
    const freeBytes = (answer: DiskAnswer<number>): void => {
      disk.asked += 1;
      if (disk.hangs) return;
      if (disk.free === null) answer(diskProblem("failed", { file: "." }, "no"), null);
      else answer(null, disk.free);
    };
    const log = {
      get isShortOfSpace(): boolean {
        return disk.isStuck;
      },
      retry: () => void (disk.retries += 1),
    };
    const deliver = (event: ReplicaEvent): void => void told.push(event.kind === "diskSpace" ? event.state : event.kind);
    const space = new SpaceWatch({ directory: { freeBytes }, log, lastSnapshotBytes: () => 0, reserveBytes: RESERVE, deliver });
    return { space, disk, told };
  }

  test("is told when it changes, and not each time", () => {
    const { space, disk, told } = watch();
    for (const free of [5_000, 999, 500, 1_001, 5_000, 5_000]) {
      disk.free = free;
      space.look();
    }
    expect(told).toEqual(["short", "plenty"]);
    expect(space.state).toBe("plenty");
  });

  test("lets a log that waits for room try again", () => {
    const { space, disk } = watch();
    space.look();
    expect(disk.retries).toBe(0);
    disk.isStuck = true;
    space.look();
    expect(disk.retries).toBe(1);
  });

  test("is asked for once at a time, and a disk that can't say changes nothing", () => {
    const { space, disk, told } = watch();
    disk.free = null;
    space.look();
    expect(told).toEqual([]);
    disk.hangs = true;
    space.look();
    space.look();
    space.look();
    expect(disk.asked).toBe(2);
  });
});
