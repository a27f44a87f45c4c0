// The key/value store as a state machine: what a command does to the keys, and what is answered. Total and
// deterministic; whoever asks for what can't be gets an answer that says so.
import type { Restoration, SnapshotSource, StateMachine } from "../replica/state-machine.ts";
import { commandKind, decodeCommand, decodeQuery, versionOfKind } from "./commands.ts";
import type { Guards, KvCommand } from "./commands.ts";
import { KvRestoration, KvSnapshotSource } from "./kv-snapshot.ts";
import { KvState } from "./kv-state.ts";
import type { KvItem } from "./kv-state.ts";
import { encodeResult } from "./results.ts";
import type { KvResult } from "./results.ts";

/** Decided when a command is applied, so they are the same on all members; a change of one is a new version. */
export const KEY_BYTES_MAX = 1_024;
export const VALUE_BYTES_MAX = 1_048_576;

type CommandOf<K extends KvCommand["kind"]> = Extract<KvCommand, { readonly kind: K }>;

export class KvStateMachine implements StateMachine {
  #state = new KvState();

  get keys(): number {
    return this.#state.items.size;
  }

  apply(bytes: Uint8Array): Uint8Array {
    const command = decodeCommand(bytes);
    return encodeResult(command === null ? badRequest("these bytes are no command") : this.#apply(command));
  }

  query(bytes: Uint8Array): Uint8Array {
    const query = decodeQuery(bytes);
    if (query === null) return encodeResult(badRequest("these bytes are no query"));
    const item = this.#state.items.get(query.key);
    if (item === undefined) return encodeResult({ kind: "absent" });
    const { version, revision, value } = item;
    return encodeResult({ kind: "found", version, revision, value });
  }

  snapshot(): SnapshotSource {
    return new KvSnapshotSource(this.#state.items.snapshot(), this.#state.revision);
  }

  restore(): Restoration {
    return new KvRestoration((state) => {
      this.#state = state;
    });
  }

  digest(): string {
    return this.#state.digest();
  }

  grows(bytes: Uint8Array): boolean {
    return commandKind(bytes) !== "delete";
  }

  versionOf(bytes: Uint8Array): number {
    return versionOfKind(commandKind(bytes));
  }

  #apply(command: KvCommand): KvResult {
    const { key, guards } = command;
    if (key.length === 0 || key.length > KEY_BYTES_MAX)
      return badRequest(`a key has 1 to ${String(KEY_BYTES_MAX)} bytes, not ${String(key.length)}`);
    const item = this.#state.items.get(key);
    if (!guardsHold(guards, item)) return { kind: "versionMismatch", version: item?.version ?? 0, revision: item?.revision ?? 0 };
    return APPLY[command.kind](this.#state, command as never, item);
  }
}

const APPLY: { readonly [K in KvCommand["kind"]]: (state: KvState, command: CommandOf<K>, item: KvItem | undefined) => KvResult } = {
  put: (state, { key, value }, item) => {
    if (value.length > VALUE_BYTES_MAX) return tooLarge(value.length);
    const { version, revision } = change(state, key, { item, value: value.slice() });
    return { kind: "written", version, revision };
  },
  append: (state, { key, value }, item) => {
    const length = (item?.value.length ?? 0) + value.length;
    if (length > VALUE_BYTES_MAX) return tooLarge(length);
    const { version, revision } = change(state, key, { item, value: joined(item?.value, value) });
    return { kind: "appended", version, revision, length };
  },
  delete: (state, { key }, item) => {
    if (item === undefined) return { kind: "deleted", deleted: false, revision: state.revision };
    state.revision++;
    state.delete(key);
    return { kind: "deleted", deleted: true, revision: state.revision };
  },
};

type Change = { readonly item: KvItem | undefined; readonly value: Uint8Array };
type Stamp = { readonly version: number; readonly revision: number };

function change(state: KvState, key: Uint8Array, { item, value }: Change): Stamp {
  const version = (item?.version ?? 0) + 1;
  const revision = ++state.revision;
  // A copy of a new key: the command is a view into something larger, which would stay in memory as long as the key does.
  state.put(item === undefined ? key.slice() : key, { value, version, revision });
  return { version, revision };
}

function guardsHold({ ifVersion, ifRevision }: Guards, item: KvItem | undefined): boolean {
  if (ifVersion !== null && ifVersion !== (item?.version ?? 0)) return false;
  return ifRevision === null || ifRevision === (item?.revision ?? 0);
}

function joined(before: Uint8Array | undefined, after: Uint8Array): Uint8Array {
  if (before === undefined) return after.slice();
  const whole = new Uint8Array(before.length + after.length);
  whole.set(before);
  whole.set(after, before.length);
  return whole;
}

const badRequest = (message: string): KvResult => ({ kind: "badRequest", message });

function tooLarge(length: number): KvResult {
  return { kind: "tooLarge", message: `a value has at most ${String(VALUE_BYTES_MAX)} bytes, not ${String(length)}` };
}
