// What clients are told when something can't be done: Redis's own texts, word for word, where it has them.
import { OPERATIONS_MAX } from "../../core/kv/limits.ts";

export const SYNTAX = "ERR syntax error";
export const NOT_AN_INTEGER = "ERR value is not an integer or out of range";
export const NOT_A_FLOAT = "ERR value is not a valid float";
export const OVERFLOW = "ERR increment or decrement would overflow";
export const DECREMENT_OVERFLOW = "ERR decrement would overflow";
export const FLOAT_OVERFLOW = "ERR increment would produce NaN or Infinity";
export const OFFSET_OUT_OF_RANGE = "ERR offset is out of range";
export const VALUE_TOO_LARGE = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
/** Within a transaction that writes: what it reads is remembered in case it is sent again. */
export const OLD_VALUE_LEFT_OUT = "ERR done, but the value before is left out: a transaction that writes reads at most 1048576 bytes";
export const NO_SUCH_KEY = "ERR no such key";
export const CROSS_SLOT = "CROSSSLOT Keys in request don't hash to the same slot";
export const NO_AUTH = "NOAUTH Authentication required.";
export const WRONG_PASS = "WRONGPASS invalid username-password pair or user is disabled.";
export const NO_PASSWORD_SET =
  "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?";
export const NESTED_MULTI = "ERR MULTI calls can not be nested";
export const EXEC_WITHOUT_MULTI = "ERR EXEC without MULTI";
export const DISCARD_WITHOUT_MULTI = "ERR DISCARD without MULTI";
export const WATCH_IN_MULTI = "ERR WATCH inside MULTI is not allowed";
export const EXEC_ABORT = "EXECABORT Transaction discarded because of previous errors.";
export const execAbort = (why: string): string => `EXECABORT Transaction discarded because of: ${why.replace(/^ERR /, "")}`;
export const TRANSACTION_TOO_LARGE = `ERR a transaction has at most ${OPERATIONS_MAX} operations, of 32 MiB together`;
export const TOO_MANY_WATCHED = `ERR at most ${OPERATIONS_MAX} keys are watched at once`;
export const CONNECTION_OVER = "ERR the connection is over";
export const NO_HTTP = "ERR this is no HTTP; the connection is closed";
export const OTHER_DATABASE = "ERR SELECT is not allowed in cluster mode";

export const invalidExpireTime = (command: string): string => `ERR invalid expire time in '${command}' command`;
export const wrongArity = (command: string): string => `ERR wrong number of arguments for '${command}' command`;

const SHOWN_BYTES_MAX = 128;

/** Up to its first zero, as the texts of C end. */
export function textIn(argument: Buffer, bytesMax: number): string {
  const zero = argument.indexOf(0);
  return argument.toString("latin1", 0, zero < 0 ? bytesMax : Math.min(zero, bytesMax));
}

export function unknownCommand([name, ...args]: readonly Buffer[]): string {
  let shown = "";
  for (const each of args) {
    if (shown.length >= SHOWN_BYTES_MAX) break;
    shown += `'${textIn(each, SHOWN_BYTES_MAX - shown.length)}' `;
  }
  return `ERR unknown command '${textIn(name ?? Buffer.alloc(0), SHOWN_BYTES_MAX)}', with args beginning with: ${shown}`;
}

export const unknownSubcommand = (name: string, subcommand: Buffer): string =>
  `ERR unknown subcommand '${textIn(subcommand, SHOWN_BYTES_MAX)}'. Try ${name.toUpperCase()} HELP.`;
