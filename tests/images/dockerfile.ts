// docker/Dockerfile as data: its stages, their instructions, and what they come from once arguments have their defaults.
export type Instruction = { readonly keyword: string; readonly text: string };

export type Stage = {
  readonly name: string;
  /** Another stage, an image, or `scratch`. */
  readonly base: string;
  /** As it is written. */
  readonly platform: string | null;
  readonly instructions: readonly Instruction[];
};

export type Dockerfile = {
  /** Of arguments before the first stage. */
  readonly defaults: ReadonlyMap<string, string>;
  readonly stages: readonly Stage[];
};

const FROM = /^(?:--platform=(?<platform>\S+)\s+)?(?<base>\S+)(?:\s+AS\s+(?<name>\S+))?$/;

export function parseDockerfile(text: string): Dockerfile {
  const defaults = new Map<string, string>();
  const stages: Stage[] = [];
  for (const instruction of instructionsIn(text)) {
    const { keyword, text: said } = instruction;
    const stage = stages.at(-1);
    if (keyword === "FROM") stages.push(stageIn(said, stages.length, defaults));
    else if (stage !== undefined) stages[stages.length - 1] = { ...stage, instructions: [...stage.instructions, instruction] };
    else if (keyword === "ARG") {
      const [name = "", value = ""] = said.split("=");
      defaults.set(name, filled(value, defaults));
    } else throw new Error(`${keyword} is before the first stage`);
  }
  return { defaults, stages };
}

/** The stage, then what it is from, and so on down to an image. */
export function lineage({ stages }: Dockerfile, name: string): readonly Stage[] {
  const stage = stages.find((each) => each.name === name);
  return stage === undefined
    ? []
    : [stage, ...lineage({ defaults: new Map(), stages: stages.slice(0, stages.indexOf(stage)) }, stage.base)];
}

function stageIn(text: string, place: number, defaults: ReadonlyMap<string, string>): Stage {
  const { platform = null, base = "", name = String(place) } = FROM.exec(text)?.groups ?? {};
  if (base === "") throw new Error(`what is FROM ${text}?`);
  return { name, base: filled(base, defaults), platform, instructions: [] };
}

/** Comments may stand between the lines of one instruction. */
function instructionsIn(text: string): readonly Instruction[] {
  const lines = text.split("\n").filter((line) => !/^\s*(?:#|$)/.test(line));
  const joined = lines.join("\n").replaceAll(/\\\n\s*/g, "");
  return joined.split("\n").map((line) => {
    const [, keyword = "", said = ""] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    return { keyword: keyword.toUpperCase(), text: said };
  });
}

function filled(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => values.get(name) ?? "");
}
