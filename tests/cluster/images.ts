// Whether images have been loaded: every node that takes pods must have them, because none is pulled from anywhere.
import { eventually } from "../integration/test-case.ts";
import { Missing } from "./cluster-case.ts";
import type { Node } from "./nodes.ts";
import { nodesForPods } from "./nodes.ts";

export const ALL_IMAGES: readonly string[] = ["replica", "shard-controller", "coordinator", "worker", "cli"];
/** A kubelet tells of so many images, the largest, unless it is told otherwise, and of so many names of each. Others may be there. */
const TOLD_MAX = { images: 50, names: 5 };
/** It looks for new ones twice a minute. */
const TOLD_MS = 60_000;

export type Wanted = { readonly images: readonly string[]; readonly tag: string };

/** Fails as missing, with `how` to load them. */
export async function needImages(wanted: Wanted, how: string): Promise<void> {
  let missing: readonly string[] = [];
  const areThere = async (): Promise<true | null> => {
    missing = missingIn(await nodesForPods(), wanted);
    return missing.length === 0 ? true : null;
  };
  await eventually("all images are loaded", areThere, { deadlineMs: TOLD_MS, everyMs: 2_000 }).catch((error: unknown) => {
    throw missing.length === 0 ? error : new Missing(`there is no ${missing.join(", no ")}. ${how}`);
  });
}

/** Pure. "flotilla-replica:1.0.0 on node-1". */
export function missingIn(nodes: readonly Pick<Node, "metadata" | "status">[], { images: wanted, tag }: Wanted): readonly string[] {
  return nodes.flatMap(({ metadata, status: { images = [] } }) => {
    if (images.length >= TOLD_MAX.images || images.some((image) => (image.names ?? []).length >= TOLD_MAX.names)) return [];
    const names = images.flatMap((image) => image.names ?? []);
    const tagged = wanted.map((image) => `flotilla-${image}:${tag}`);
    // Whatever a runtime puts before a name that says no registry.
    const missing = tagged.filter((image) => !names.some((name) => `/${name}`.endsWith(`/${image}`)));
    return missing.map((image) => `${image} on ${metadata.name}`);
  });
}
