// Takes away what job code has no business with, before it is loaded: modules of Node, the network, other processes, the environment.
// What is tried anyway throws, and says what. This protects from mistakes; whoever runs hostile code needs a sandboxed runtime class.
import { registerHooks } from "node:module";
import { format } from "node:util";

export class ForbiddenError extends Error {
  constructor(what: string, why = "") {
    super(`a job's code may not use ${what}${why}`);
    this.name = "ForbiddenError";
  }
}

const GLOBALS = [
  ...["fetch", "WebSocket", "EventSource", "XMLHttpRequest", "BroadcastChannel", "MessageChannel", "MessagePort", "Worker", "require"],
];
const GONE = ["navigator", "localStorage", "sessionStorage", "Request", "Response", "FormData", "CloseEvent", "Storage"];
/** What is done in other threads, or by a timer that nobody waits for: it ends when the call has returned, and what is emitted then is lost. */
const LATER = ["CompressionStream", "DecompressionStream"];
const LATER_IN: Readonly<Record<string, readonly string[]>> = {
  AbortSignal: ["timeout"],
  Atomics: ["waitAsync"],
  // Its constructors do the same within the call.
  WebAssembly: ["compile", "compileStreaming", "instantiate", "instantiateStreaming"],
};
const TOO_LATE = ": it would end when the call has returned, and a call must have emitted everything by then";
/** What programs read of a process without doing harm. */
const HARMLESS_PROCESS = { env: Object.freeze({}), argv: Object.freeze([]), platform: "sandbox", versions: Object.freeze({}) };

/** `print`: takes what code says through `console`. Returns how to load the one module that may be loaded. */
export function lockDown(print: (text: string) => void): (source: string) => Promise<unknown> {
  let allowed: string | null = null;
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === allowed) return next(specifier, context);
      throw new ForbiddenError(`import ${JSON.stringify(specifier.slice(0, 100))}`);
    },
  });
  for (const name of GLOBALS) define(name, forbidding(name));
  for (const name of GONE) define(name, undefined);
  for (const name of LATER) define(name, forbidding(name, TOO_LATE));
  for (const [holder, names] of Object.entries(LATER_IN))
    for (const name of names)
      define(name, forbidding(`${holder}.${name}`, TOO_LATE), (globalThis as unknown as Record<string, object>)[holder]);
  forbidSubtle();
  define("process", sandboxProcess());
  const say = (...values: unknown[]): void => print(`${format(...values)}\n`);
  define("console", Object.freeze({ log: say, info: say, warn: say, error: say, debug: say, trace: say }));
  let loads = 0;
  return async (source) => {
    // Another address is another module, with its variables as they were at first.
    allowed = `data:text/javascript;base64,${Buffer.from(source).toString("base64")}#${String(++loads)}`;
    const loaded = (await import(allowed)) as unknown;
    allowed = null;
    return loaded;
  };
}

function sandboxProcess(): object {
  const nextTick = process.nextTick.bind(process);
  return new Proxy(Object.freeze({ ...HARMLESS_PROCESS, nextTick }), {
    get(target, name) {
      if (Object.hasOwn(target, name)) return Reflect.get(target, name) as unknown;
      // Whether something is there may be asked, as by `await`; calling it says why it is not.
      return typeof name === "symbol" ? undefined : forbidding(`process.${name}`);
    },
  });
}

/** All that `crypto.subtle` does it does in other threads. The rest of `crypto` stays, and is loaded, as Node does it, when it is asked for. */
function forbidSubtle(): void {
  const before = Object.defineProperty({}, "crypto", Object.getOwnPropertyDescriptor(globalThis, "crypto") ?? {});
  const subtle = new Proxy(Object.freeze({}), {
    get: (_target, name) => (typeof name === "symbol" ? undefined : forbidding(`crypto.subtle.${name}`, TOO_LATE)),
  });
  const crypto = (): object => {
    const found = Reflect.get(before, "crypto", globalThis) as object;
    // Its own, in front of its prototype's: that is among what is to be as it was before.
    define("subtle", subtle, found);
    return found;
  };
  Object.defineProperty(globalThis, "crypto", { get: crypto, configurable: true, enumerable: false });
}

function forbidding(what: string, why = ""): () => never {
  return function forbidden(): never {
    throw new ForbiddenError(what, why);
  };
}

function define(name: string, value: unknown, holder: object = globalThis): void {
  Object.defineProperty(holder, name, { value, writable: true, configurable: true, enumerable: false });
}
