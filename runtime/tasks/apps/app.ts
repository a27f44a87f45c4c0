// What an app that comes with Flotilla is: how it maps and how it reduces, on bytes or as the functions of a job file.
import type { TaskContext } from "../../../core/mapreduce/job-functions.ts";
import type { MapBuffer } from "../map/map-buffer.ts";
import type { Mapper } from "../map/mapper.ts";
import type { LineFormat } from "../output/line-writer.ts";
import type { Reducer } from "../reduce/reducer.ts";
import type { Functions } from "../code/combining-table.ts";

export type MapSetting = {
  /** The name of the input. */
  readonly input: string;
  readonly buffer: MapBuffer;
  readonly context: TaskContext;
  /** For what waits to be combined. */
  readonly combineBytes: number;
};

export type ByteApp = {
  readonly kind: "bytes";
  readonly mapper: (setting: MapSetting) => Mapper;
  readonly reducer: (context: TaskContext) => Reducer;
  /** Where it is not that of the job. */
  readonly lineFormat?: LineFormat;
};

export type FunctionApp = { readonly kind: "functions"; readonly functions: Functions };

export type App = ByteApp | FunctionApp;
