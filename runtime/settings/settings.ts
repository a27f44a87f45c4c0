// Settings of a process: environment variables, read once, checked one by one and against each other. A bad value is one
// line that names it. Each service lists its own in its config.ts, which alone looks at the environment.

export type Environment = Readonly<Record<string, string | undefined>>;

/** A fallback of null: the setting must be given. */
export type Setting = { readonly name: string; readonly fallback: string | null; readonly meaning: string };

export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

export function setting(name: string, fallback: string | null, meaning: string): Setting {
  return { name, fallback, meaning };
}

export function numberSetting(name: string, fallback: number, meaning: string): Setting {
  return setting(name, String(fallback), meaning);
}

export type Range = { readonly min: number; readonly max: number };

export type SettingsReader = {
  text(setting: Setting): string;
  whole(setting: Setting, range: Range): number;
  count(setting: Setting): number;
  port(setting: Setting): number;
  oneOf<T extends string>(setting: Setting, choices: readonly T[]): T;
  /** Separated by commas; none if it is empty. */
  list(setting: Setting): readonly string[];
};

export function settingsReader(environment: Environment): SettingsReader {
  const text = (setting: Setting): string => {
    const given = environment[setting.name];
    const value = given === undefined || given === "" ? setting.fallback : given;
    check(value !== null, setting, `is not set: ${setting.meaning}`);
    return value;
  };
  const whole = (setting: Setting, { min, max }: Range): number => {
    const value = text(setting);
    const isWhole = /^[0-9]{1,15}$/.test(value) && Number(value) >= min && Number(value) <= max;
    check(isWhole, setting, `is ${JSON.stringify(value)}, not a whole number from ${min} to ${max}`);
    return Number(value);
  };
  return {
    text,
    whole,
    count: (setting) => whole(setting, { min: 1, max: Number.MAX_SAFE_INTEGER }),
    port: (setting) => whole(setting, { min: 1, max: 65_535 }),
    oneOf: (setting, choices) => {
      const value = text(setting);
      const choice = choices.find((each) => each === value);
      check(choice !== undefined, setting, `is ${JSON.stringify(value)}, not one of ${choices.join(", ")}`);
      return choice;
    },
    list: (setting) => {
      const value = text(setting);
      return value === "" ? [] : value.split(",").map((each) => each.trim());
    },
  };
}

export function check(claim: boolean, setting: Setting, problem: string): asserts claim {
  if (!claim) throw new ConfigError(`${setting.name} ${problem}`);
}
