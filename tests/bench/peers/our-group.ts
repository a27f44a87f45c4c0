// Three members of ours, as they are started to be measured beside others.
import { join } from "node:path";
import { LocalGroup } from "../../../client/cli/local-group.ts";
import { freePorts } from "../../integration/free-ports.ts";

const MEMBER = join(import.meta.dirname, "../../../services/replica/main.ts");

export type OurGroup = {
  readonly directory: string;
  /** Where Node writes what the members' processors were busy with. */
  readonly profiles: string | undefined;
  readonly environment?: Readonly<Record<string, string>>;
};

export async function ourGroup({ directory, profiles, environment = {} }: OurGroup): Promise<LocalGroup> {
  const profiling = profiles === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profiles}`];
  return new LocalGroup({
    directory,
    ports: await freePorts(3),
    program: [...profiling, MEMBER],
    environment: { ...process.env, FLOTILLA_LOG_LEVEL: "warn", ...environment },
  });
}
