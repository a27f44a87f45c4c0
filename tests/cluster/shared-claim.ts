// A folder that workers and whoever runs jobs see alike: a claim, and the values that give it to the release.
import { besideOf } from "./litter.ts";
import { Release } from "./release.ts";

export const CLAIM = "shared";
export const FOLDER = { "worker.folders[0].path": "/shared", "worker.folders[0].claim": CLAIM };

/** Before the release, whose workers wait for it. */
export async function createClaim(kubectl: Release["kubectl"]): Promise<void> {
  const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  const metadata = { name: CLAIM, labels: { "app.kubernetes.io/instance": besideOf(Release.fullname) } };
  const claim = { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec };
  await kubectl(["apply", "--filename", "-"], { input: JSON.stringify(claim) });
}
