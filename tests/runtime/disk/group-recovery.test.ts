import { asCluster, asGroup, asMember } from "../../../core/base/ids.ts";
import { Random } from "../../../core/base/random.ts";
import type { Identity } from "../../../core/replica/identity.ts";
import type { DataDirectory } from "../../../runtime/disk/data-directory.ts";
import { openDataDirectory } from "../../../runtime/disk/data-directory.ts";
import type { DiskAnswer } from "../../../runtime/disk/disk-problem.ts";
import type { FilePort, OpenFile } from "../../../runtime/disk/file-port.ts";
import type { GroupRecovery } from "../../../runtime/disk/group-recovery.ts";
import { recoverGroup } from "../../../runtime/disk/group-recovery.ts";
import { DEFAULT_LOG_LIMITS } from "../../../runtime/disk/log/log-options.ts";
import type { MemberStorage } from "../../../runtime/disk/member-storage.ts";
import { openMemberStorage } from "../../../runtime/disk/member-storage.ts";
import { SimulatedDirectory } from "../../simulation/world/disk/simulated-directory.ts";
import { SimulatedDisk } from "../../simulation/world/disk/simulated-disk.ts";

const PATH = "/data";
const member = asMember("member-0");
const place = (ordinal: number) => ({ member: asMember(`member-${String(ordinal)}`), place: { ordinal, address: `a${String(ordinal)}` } });
const IDENTITY: Identity = {
  kind: "born",
  member,
  group: asGroup("1"),
  ordinal: 0,
  founding: { cluster: asCluster("c"), group: asGroup("1"), members: [0, 1, 2].map(place) },
};

const valueOf = <T>(start: (answer: DiskAnswer<T>) => void): Promise<T> =>
  new Promise((resolve, reject) => {
    start((...[problem, value]) => {
      if (problem === null) resolve(value);
      else reject(new Error(problem.message));
    });
  });

/** The disk of a survivor whose process is down. */
async function survivor(): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk((_delay, run) => setImmediate(run), new Random(1));
  disk.root.set("data", new SimulatedDirectory());
  disk.root.sync();
  const { directory, storage } = await open(disk);
  await new Promise((resolve) => directory.saveIdentity(IDENTITY, resolve));
  await new Promise<void>((resolve) => storage.recovered.log.close(resolve));
  disk.crash("power");
  return disk;
}

async function open(disk: SimulatedDisk): Promise<{ readonly directory: DataDirectory; readonly storage: MemberStorage }> {
  const directory = await valueOf<DataDirectory>((answer) => openDataDirectory({ files: disk.boot(), path: PATH, mark: 1 }, answer));
  const options = { directory, member, limits: DEFAULT_LOG_LIMITS, onFailure: () => undefined, observe: () => undefined };
  return { directory, storage: await valueOf<MemberStorage>((answer) => openMemberStorage(options, answer)) };
}

const options = (files: FilePort): GroupRecovery => ({
  files,
  path: PATH,
  mark: 1,
  whyNot: () => null,
  confirm: () => Promise.resolve(true),
});

/** Frames of the log meet this error. */
function failingFrames(files: FilePort, code: string): FilePort {
  const failing = (file: OpenFile): OpenFile => ({
    path: file.path,
    size: (answer) => file.size(answer),
    read: (range, answer) => file.read(range, answer),
    write: (_offset, _parts, finished) => finished({ code, operation: "write", path: file.path }),
    sync: (finished) => file.sync(finished),
    preallocate: (bytes, finished) => file.preallocate(bytes, finished),
    close: (finished) => file.close(finished),
  });
  return new Proxy(files, {
    get: (target, name: keyof FilePort) => {
      if (name !== "open") return target[name].bind(target);
      const open: FilePort["open"] = (path, mode, answer) =>
        target.open(path, mode, (...[error, file]) => {
          if (error !== null) answer(error, null);
          else answer(null, mode === "writeThrough" ? failing(file) : file);
        });
      return open;
    },
  });
}

test("the survivor is its group's only voter from then on", async () => {
  const disk = await survivor();
  expect(await recoverGroup(options(disk.boot()))).toBe("done");
  disk.crash("power");
  const { recovered } = (await open(disk)).storage;
  expect(recovered.hardState.term).toBe(1);
  expect(recovered.entries.map(({ kind }) => kind)).toEqual(["membership"]);
});

test.each([
  { name: "a disk that is full", code: "ENOSPC", says: /ENOSPC.*Free some space.*The group is as it was: make room, and run this again/ },
  { name: "a disk that fails", code: "EIO", says: /EIO.*Check the disk/ },
])("$name ends it with what it needs, and it can be run again", async ({ code, says }) => {
  const disk = await survivor();
  await expect(recoverGroup(options(failingFrames(disk.boot(), code)))).rejects.toThrow(says);
  disk.crash("power");
  expect((await open(disk)).storage.recovered.entries).toEqual([]);
  disk.crash("power");
  expect(await recoverGroup(options(disk.boot()))).toBe("done");
});
