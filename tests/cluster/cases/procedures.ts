// The procedures of docs/operations/, one after the other on one release: each ends as it says, and no key is lost on the way.
import { check } from "../../integration/test-case.ts";
import { checkNothingFailed, CheckedLoad } from "../checked-load.ts";
import type { ClusterCase, ClusterContext } from "../cluster-case.ts";
import { checkKept, writeKept } from "../kept-keys.ts";
import { leftIn, objectsIn } from "../litter.ts";
import { follow } from "../procedures.ts";
import { Release } from "../release.ts";
import { checkRotated, tokensOf } from "../rotated-tokens.ts";
import { seconds } from "../seconds.ts";

export const proceduresFollowed: ClusterCase = {
  name: "the procedures of docs/operations are followed, from the install to the last volume",
  run: async (context) => {
    const { namespace, say } = context;
    const release = await Release.install({ namespace, values: { "auth.enabled": "true" } });
    await writeKept(release);
    const step = stepsOf(context, release);

    const left = await step("uninstall.sh");
    check(left.includes("data-flotilla-replica-1-0") && left.includes("flotilla-tokens"), `it says what stays: ${left}`);
    await step("install.sh", ["--set", "workers=1,auth.enabled=true"]);
    say(await checkKept(release, "read-after-install"));

    const changes = await CheckedLoad.start(release, { name: "load-changes", clients: 2, isPatient: true });
    await step("upgrade.sh", ["--set", "groups=3"]);
    await release.untilReady("replica", 9);
    check((await release.pods("worker")).length === 1, "what was set at the install is set after an upgrade");
    await step("roll-back.sh");
    await release.untilReady("replica", 6);

    const before = await release.ask("flotilla-replica-1-2", "/v1/status");
    await step("replace-member.sh", ["1", "2"]);
    const after = await release.ask("flotilla-replica-1-2", "/v1/status");
    check(after["member"] !== before["member"] && after["role"] !== "learner", "another member has the place, and votes");
    // Not beside a drain, which would take it away, or be refused.
    say(checkNothingFailed(await changes.verdict()));

    const [replica] = await release.pods("replica");
    await step("drain-node.sh", [replica?.node ?? "", "kubectl", "get", "nodes"]);

    const old = await tokensOf(release);
    await step("rotate-tokens.sh");
    say(await checkRotated(release, old));
    const health = await step("health.sh");
    check(/Healthy/.test(health), `it is well: ${health}`);
    say(await checkKept(release, "read-at-last"));

    await step("uninstall.sh");
    await release.kubectl(["delete", "pods", "--all"]);
    await step("delete-data.sh", [Release.fullname]);
    const leftovers = leftIn(await objectsIn(namespace), Release.fullname);
    check(leftovers.length === 0, `nothing is left, but there are ${leftovers.join(", ")}`);
    await release.forget();
  },
};

/** Two of three disks are gone at once: the third one is all that is left of the group. */
export const majorityLost: ClusterCase = {
  name: "a group that lost two of three volumes is recovered from the third by docs/operations/recover-group.sh",
  run: async (context) => {
    const { namespace, say } = context;
    const release = await Release.install({ namespace, values: { coordinators: 0, workers: 0 } });
    await writeKept(release);
    const step = stepsOf(context, release);
    const refused = await step("recover-group.sh", ["1", "0"]).catch(String);
    check(refused.includes("group 1 has a leader"), `a group that lives is left alone: ${refused}`);

    const lost = ["flotilla-replica-1-1", "flotilla-replica-1-2"];
    await release.kubectl(["delete", "pvc", "--wait=false", ...lost.map((name) => `data-${name}`)]);
    await release.kubectl(["delete", "pod", "--grace-period=1", ...lost]);
    await step("recover-group.sh", ["1", "0"]);
    // Only now: what two of three had acknowledged, and the third did not have yet, is lost.
    const load = await CheckedLoad.start(release, { name: "load", clients: 2, isPatient: true });
    await release.untilReady("replica", 6);
    say(await checkKept(release, "read"));
    say(checkNothingFailed(await load.verdict()));
    await release.uninstall();
    await release.forget();
  },
};

function stepsOf({ say }: ClusterContext, release: Release): (script: string, args?: readonly string[]) => Promise<string> {
  return async (script, args = []) => {
    const startMs = performance.now();
    const said = await follow(release, script, args);
    say([script, ...args, "after", seconds(performance.now() - startMs)].join(" "));
    return said;
  };
}
