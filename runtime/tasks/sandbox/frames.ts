// What a sandbox and its worker say to each other: kind (1) · length (4) · payload, over two pipes.

export const TO_SANDBOX = {
  /** JSON, once: what holds for all attempts. */
  limits: 7,
  /** JSON: what to do. The bundle follows. */
  plan: 1,
  code: 2,
  /** Offset (8) and whole lines. */
  lines: 3,
  whole: 4,
  /** Sorted records in their layout. */
  records: 5,
  end: 6,
  /** Number of the first (8) and pairs, one behind the other. */
  pairs: 8,
} as const;

export const FROM_SANDBOX = {
  loaded: 1,
  /** Bytes of the region at hand. */
  region: 2,
  /** Records of the region that is whole now (8). */
  regionEnd: 3,
  /** The run is whole. */
  runEnd: 4,
  /** Pairs of the output in their layout. */
  output: 5,
  /** JSON: `SandboxResult`. */
  done: 6,
  failed: 7,
  /** Text that the code printed. */
  log: 8,
} as const;

export const FRAME_HEADER_BYTES = 5;

export type SandboxResult = {
  readonly counters: Readonly<Record<string, number>>;
  readonly skipped: number;
  readonly records: number;
  /** What attempts share in one process is as it was before. */
  readonly isUntouched: boolean;
};

export type SandboxFailure = {
  readonly reason: string;
  readonly message: string;
  readonly record: number | null;
  readonly file: string | null;
  readonly offset: number | null;
};

export function frameHeader(kind: number, length: number): Buffer {
  const header = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
  header[0] = kind;
  header.writeUInt32LE(length, 1);
  return header;
}

/** Puts frames together from pieces as they come. */
export class FrameAssembler {
  readonly #visit: (kind: number, payload: Buffer) => void;
  #rest: Buffer[] = [];
  #length = 0;
  #needed = FRAME_HEADER_BYTES;

  constructor(visit: (kind: number, payload: Buffer) => void) {
    this.#visit = visit;
  }

  push(piece: Buffer): void {
    this.#rest.push(piece);
    this.#length += piece.length;
    if (this.#length < this.#needed) return;
    const bytes = this.#rest.length === 1 ? piece : Buffer.concat(this.#rest);
    let at = 0;
    this.#needed = FRAME_HEADER_BYTES;
    while (bytes.length - at >= FRAME_HEADER_BYTES) {
      const end = at + FRAME_HEADER_BYTES + bytes.readUInt32LE(at + 1);
      if (end > bytes.length) {
        this.#needed = end - at;
        break;
      }
      this.#visit(bytes[at] as number, bytes.subarray(at + FRAME_HEADER_BYTES, end));
      at = end;
    }
    this.#rest = at < bytes.length ? [bytes.subarray(at)] : [];
    this.#length = bytes.length - at;
  }
}
