import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CertificateWatch } from "../../../../runtime/peers/tls/certificate-watch.ts";
import { eventually, sleep } from "../../manual-clock.ts";
import type { LogLine } from "../peer-fixture.ts";
import { keptLog } from "../peer-fixture.ts";
import { Authority } from "./authority.ts";
import { CertificateFolder, filesBy } from "./certificate-folder.ts";

const authority = new Authority("ours");
const lines: LogLine[] = [];
const logger = keptLog(lines);
const said = (event: string): readonly LogLine[] => lines.filter((line) => line.event === event);

let folder: CertificateFolder;
let watch: CertificateWatch;
let changes: number;

async function watching(directory = folder.path, host = "127.0.0.1"): Promise<void> {
  watch = await CertificateWatch.open({ directory, host, logger, lookMs: 10 });
  changes = 0;
  watch.onChange(() => (changes += 1));
}

beforeEach(() => {
  lines.length = 0;
  folder = CertificateFolder.by(authority);
});
afterEach(() => {
  watch.close();
  folder.remove();
});

test("another certificate is taken once, and said once", async () => {
  await watching();
  const next = filesBy(authority);
  folder.write(next);
  await eventually("the change", () => watch.current.cert === next["tls.crt"]);
  await sleep(50);
  expect([changes, said("certificateTaken").length, watch.problem]).toEqual([1, 1, null]);
});

test("a list of what was taken back is taken, and given up, by itself", async () => {
  await watching();
  const list = authority.revoke([watch.current.cert]);
  folder.write({ "crl.pem": list });
  await eventually("the change", () => watch.current.revoked.length === 1);
  rmSync(join(folder.path, "crl.pem"));
  await eventually("the change back", () => watch.current.revoked.length === 0);
  expect([changes, watch.problem]).toEqual([2, null]);
});

test("the same files written anew change nothing", async () => {
  const files = filesBy(authority);
  folder.write(files);
  await watching();
  folder.write(files);
  await sleep(50);
  expect([changes, lines]).toEqual([0, []]);
});

test("half of a change keeps what was good, says so once, and is over with the other half", async () => {
  await watching();
  const before = watch.current;
  const { "tls.crt": cert, "tls.key": key } = filesBy(authority);
  folder.write({ "tls.crt": cert });
  await eventually("the complaint", () => watch.problem !== null);
  await sleep(50);
  expect(watch.current).toBe(before);
  expect(watch.problem).toMatch(/tls\.key is not the key of .*tls\.crt/);
  expect(said("certificateRefused")).toMatchObject([{ reason: watch.problem }]);
  folder.write({ "tls.key": key });
  await eventually("the change", () => watch.current.cert === cert);
  expect([changes, watch.problem]).toEqual([1, null]);
});

test("files that are gone keep what was good", async () => {
  await watching();
  const before = watch.current;
  folder.remove();
  // A look that comes while they are being removed may miss another file first.
  await eventually("the complaint", () => watch.problem?.includes("tls.crt can't be read: ENOENT") ?? false);
  expect(watch.current).toBe(before);
});

test("a Secret is swapped by its link, as Kubernetes does it", async () => {
  const write = (version: string, files: Readonly<Record<string, string>>): void => {
    mkdirSync(join(folder.path, version));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder.path, version, name), content);
    symlinkSync(version, join(folder.path, "..data_tmp"));
    renameSync(join(folder.path, "..data_tmp"), join(folder.path, "..data"));
  };
  write("..1", filesBy(authority));
  await watching(join(folder.path, "..data"));
  const next = filesBy(authority);
  write("..2", next);
  await eventually("the change", () => watch.current.cert === next["tls.crt"]);
  expect([changes, said("certificateRefused")]).toEqual([1, []]);
});

test("one that is not good now is used, and the log says so", async () => {
  const past = { names: ["127.0.0.1"], fromMs: Date.now() - 7_200_000, untilMs: Date.now() - 3_600_000 };
  folder.write(filesBy(authority, past));
  await watching();
  expect(said("certificateNotValid").length).toBe(1);
});

test("one that is for other hosts is used, and the log says so", async () => {
  await watching(folder.path, "a.example");
  expect(said("certificateForOthers")).toMatchObject([{ host: "a.example" }]);
});

test("whoever has closed it hears of nothing more", async () => {
  await watching();
  watch.close();
  folder.write(filesBy(authority));
  await sleep(50);
  expect(changes).toBe(0);
});
