// What a log must hold, without any bytes: the reference that recovered logs are compared with.
import type { LogIndex } from "../../../core/base/ids.ts";
import { asIndex } from "../../../core/base/ids.ts";
import { LOG_ORIGIN } from "../../../core/raft/entry.ts";
import type { EntryId, LogBase } from "../../../core/raft/entry.ts";
import type { RecoveredLog } from "../../../runtime/disk/recovery.ts";
import type { QueuedWrite } from "../../../runtime/disk/log/write-queue.ts";

export type LogModel = {
  readonly hardState: RecoveredLog["hardState"];
  readonly metadata: RecoveredLog["metadata"];
  readonly base: LogBase;
  readonly ids: readonly EntryId[];
};

export const EMPTY_MODEL: LogModel = { hardState: { term: 0 as never, vote: null }, metadata: {}, base: LOG_ORIGIN, ids: [] };

export function lastIndexOf(model: LogModel): LogIndex {
  return model.ids.at(-1)?.index ?? model.base.index;
}

export function termAt(model: LogModel, index: number): number | null {
  if (index === model.base.index) return model.base.term;
  return model.ids.find((id) => id.index === index)?.term ?? null;
}

/** Every state that a crash within this write may leave, from nothing of it to all of it. */
export function statesThrough(model: LogModel, write: QueuedWrite): readonly LogModel[] {
  const head = afterHead(model, write);
  const steps = write.entries.map((_, count) => ({ ...head, ids: [...head.ids, ...write.entries.slice(0, count + 1).map(idOf)] }));
  return [model, head, ...steps];
}

export function after(model: LogModel, write: QueuedWrite): LogModel {
  return statesThrough(model, write).at(-1) ?? model;
}

/** The same log, seen from a snapshot that may be ahead of what the log knows. */
export function seenFrom(model: LogModel, snapshot: LogBase | null): LogModel {
  if (snapshot === null || snapshot.index <= model.base.index) return model;
  const fits = termAt(model, snapshot.index) === snapshot.term;
  return { ...model, base: snapshot, ids: fits ? model.ids.filter((id) => id.index > snapshot.index) : [] };
}

export function modelOf(recovered: RecoveredLog): LogModel {
  return { hardState: recovered.hardState, metadata: recovered.metadata, base: recovered.base, ids: recovered.entries.map(idOf) };
}

export function textOfModel(model: LogModel): string {
  const { hardState, metadata, base, ids } = model;
  const list = ids.map(({ index, term }) => `${String(index)}/${String(term)}`).join(" ");
  return `term ${String(hardState.term)} vote ${String(hardState.vote)} metadata ${JSON.stringify(metadata)} base ${String(base.index)}/${String(base.term)} entries ${list}`;
}

function afterHead(model: LogModel, write: QueuedWrite): LogModel {
  const restart = write.restartAfter?.base ?? null;
  const base = restart ?? write.trimTo ?? model.base;
  const from = write.truncateFrom ?? asIndex(Number.MAX_SAFE_INTEGER);
  const ids = restart === null ? model.ids.filter((id) => id.index > base.index && id.index < from) : [];
  return { hardState: write.hardState ?? model.hardState, metadata: write.metadata ?? model.metadata, base, ids };
}

function idOf({ index, term }: EntryId): EntryId {
  return { index, term };
}
