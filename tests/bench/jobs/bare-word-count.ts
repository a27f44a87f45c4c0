// `node bare-word-count.ts FILE`: the functions of the job in one process, line by line, with a map of arrays that is combined now and then.
// Prints its processor time in milliseconds and how many words it found.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { WORD_COUNT } from "./word-count-job.ts";

const VALUES_MAX = 256;

const [path = ""] = process.argv.slice(2);
const values = new Map<string, number[]>();
const emit = (key: string | number, value: unknown): void => {
  const known = values.get(key as string);
  if (known === undefined) values.set(key as string, [value as number]);
  else if (known.push(value as number) >= VALUES_MAX)
    WORD_COUNT.combine(key as string, known, (_, sum) => void values.set(key as string, [sum as number]));
};
for await (const value of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) WORD_COUNT.map({ value }, emit);
let words = 0;
for (const [key, found] of values) WORD_COUNT.reduce(key, found, () => void words++);
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ cpuMs: Math.round((user + system) / 1_000), words }));
