// A backup that the chart's CronJob makes outlives its release, and is what another one begins with. The toolbox knows everybody.
import { check } from "../../integration/test-case.ts";
import type { ClusterCase } from "../cluster-case.ts";
import { KEPT_KEYS, checkKept, writeKept } from "../kept-keys.ts";
import { Release } from "../release.ts";
import { seconds } from "../seconds.ts";

const CLAIM = `${Release.fullname}-backup`;
const BACKUPS = { "backup.enabled": "true", "backup.to.pvc.size": "1Gi", "toolbox.enabled": "true" };
const MADE_S = 120;

export const backup: ClusterCase = {
  name: "a backup outlives its release, and another one begins with it",
  run: async ({ namespace, say }) => {
    const release = await Release.install({ namespace, values: { coordinators: 0, workers: 0, ...BACKUPS } });
    await writeKept(release);
    say(await checkToolbox(release));
    const startMs = performance.now();
    await release.kubectl(["create", "job", "now", `--from=cronjob/${CLAIM}`]);
    await untilComplete(release, "job/now");
    say(`a backup is made after ${seconds(performance.now() - startMs)}`);
    await release.uninstall();
    say(await loseAllButBackups(release));
    const againMs = performance.now();
    await release.reinstall({ "restore.from": `pvc://${CLAIM}` });
    say(`another release begins with it after ${seconds(performance.now() - againMs)}`);
    say(await checkKept(release, "read"));
    await release.uninstall();
    await release.forget();
  },
};

async function checkToolbox(release: Release): Promise<string> {
  const asked = (...command: string[]): Promise<string> =>
    release.kubectl(["exec", `deploy/${Release.fullname}-toolbox`, "--", "flotilla", ...command]);
  const keys = (await asked("kv", "scan", "kept-", "--limit", String(2 * KEPT_KEYS), "-o", "json")).match(/"key"/g) ?? [];
  check(keys.length === KEPT_KEYS, `the toolbox sees all ${KEPT_KEYS} keys, but it sees ${keys.length}`);
  const { groups } = JSON.parse(await asked("status", "-o", "json")) as { readonly groups: readonly unknown[] };
  check(groups.length === 3, `the toolbox knows both groups and the controllers: ${JSON.stringify(groups).slice(0, 500)}`);
  return `the toolbox sees ${keys.length} keys, both groups and the controllers`;
}

async function untilComplete(release: Release, job: string): Promise<void> {
  const limit = { deadlineMs: (MADE_S + 10) * 1_000 };
  await release.kubectl(["wait", "--for=condition=Complete", job, `--timeout=${MADE_S}s`], limit);
}

/** As when a cluster is made anew: the members' volumes and the tokens are gone. */
async function loseAllButBackups(release: Release): Promise<string> {
  await release.kubectl(["delete", "job", "now", "--ignore-not-found"]);
  const claims = (await release.kubectl(["get", "persistentvolumeclaims", "--output", "name"])).split("\n").filter((name) => name !== "");
  const members = claims.filter((name) => !name.endsWith(`/${CLAIM}`));
  check(members.length === claims.length - 1, `the claim of the backups is kept: ${claims.join(", ")}`);
  await release.kubectl(["delete", ...members, `secret/${Release.fullname}-tokens`], { deadlineMs: 120_000 });
  return `the volumes of ${members.length} members are gone, and the tokens; the backups are there`;
}
