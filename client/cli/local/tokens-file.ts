// DIR/tokens.json: one token to read and write data, one to administer. Made once, and readable for its owner only.
import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fieldsOf, parseJson } from "../json.ts";
import { Trouble } from "../trouble.ts";

export type Tokens = { readonly data: string; readonly admin: string };

export const TOKENS_FILE = "tokens.json";
const TOKEN_BYTES = 24;
const OWNER_ONLY = 0o600;

/** Those that are there, or new ones. */
export function keepTokens(directory: string): Tokens {
  const path = join(directory, TOKENS_FILE);
  const known = readTokens(directory);
  if (known !== null) {
    chmodSync(path, OWNER_ONLY);
    return known;
  }
  const tokens = { data: newToken(), admin: newToken() };
  writeFileSync(path, `${JSON.stringify(tokens, null, 2)}\n`, { mode: OWNER_ONLY, flag: "wx" });
  return tokens;
}

/** Null where there are none. Throws where there is something else: tokens that people use are never replaced silently. */
export function readTokens(directory: string): Tokens | null {
  const path = join(directory, TOKENS_FILE);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  const { data, admin } = fieldsOf(parseJson(text));
  if (typeof data !== "string" || typeof admin !== "string" || data === "" || admin === "")
    throw new Trouble(`${path} does not hold {"data","admin"}`, "put it right, or remove it to get new tokens");
  return { data, admin };
}

const newToken = (): string => randomBytes(TOKEN_BYTES).toString("base64url");
