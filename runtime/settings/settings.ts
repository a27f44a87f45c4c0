// Settings of a process: environment variables, read once, checked one by one and against each other. A bad value is one
// line that names it. Each service lists its own in its config.ts, which alone looks at the environment.
import { readFileSync } from "node:fs";

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

/** A secret, and the name of a file that holds it. */
export type SecretSettings = { readonly plain: Setting; readonly file: Setting };

export function secretSettings(name: string, meaning: string): SecretSettings {
  return { plain: setting(name, "", meaning), file: setting(`${name}_FILE`, "", `a file that holds it, instead of ${name}`) };
}

export type Range = { readonly min: number; readonly max: number };

export type SettingsReader = {
  text(setting: Setting): string;
  whole(setting: Setting, range: Range): number;
  count(setting: Setting): number;
  port(setting: Setting): number;
  oneOf<T extends string>(setting: Setting, choices: readonly T[]): T;
  /** As it is given, or the content of the file that is named instead; null: neither. */
  secret(settings: SecretSettings): string | null;
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
    secret: ({ plain, file }) => {
      const [given, path] = [text(plain), text(file)];
      check(given === "" || path === "", file, `is set, and so is ${plain.name}`);
      if (given === "" && path === "") return null;
      const secret = path === "" ? given : contentOf(path, file);
      // Its value is not told: what this says ends in a log.
      check(
        SECRET.test(secret),
        path === "" ? plain : file,
        `must hold 1 to ${SECRET_LENGTH_MAX} letters, digits and signs without spaces`,
      );
      return secret;
    },
    list: (setting) => {
      const value = text(setting);
      return value === "" ? [] : value.split(",").map((each) => each.trim());
    },
  };
}

const SECRET_LENGTH_MAX = 1_024;
const SECRET = /^[!-~]{1,1024}$/;

function contentOf(path: string, setting: Setting): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    throw new ConfigError(`${setting.name} is ${JSON.stringify(path)}, which can't be read: ${(error as Error).message}`);
  }
}

export function check(claim: boolean, setting: Setting, problem: string): asserts claim {
  if (!claim) throw new ConfigError(`${setting.name} ${problem}`);
}

/** `http://host:port`, and nothing behind it. */
export function originIn(setting: Setting, text: string): string {
  let origin: string | null = null;
  try {
    origin = new URL(text).origin;
  } catch {
    // It is said below.
  }
  check(
    /^https?:\/\//.test(text) && origin === text.replace(/\/$/, ""),
    setting,
    `has ${JSON.stringify(text)}, which is not http://host:port`,
  );
  return origin ?? "";
}
