// The few variables of the environment that concern people, and what is handed on to processes that are started.

export type Environment = Readonly<Record<string, string | undefined>>;

export const environment: Environment = process.env;

const FOR_PEOPLE: ReadonlySet<string> = new Set(["FLOTILLA_ENDPOINT", "FLOTILLA_TOKEN"]);

export const wantsColor = (stream: NodeJS.WriteStream): boolean => stream.isTTY && (environment["NO_COLOR"] ?? "") === "";

/** What a person says to the command line is no business of the processes that it starts. */
export function environmentOfServices(given: Environment): Environment {
  return Object.fromEntries(Object.entries(given).filter(([name]) => !FOR_PEOPLE.has(name)));
}
