// Replies of the Redis protocol as values, for tests: what kind each is can be seen, so that a number and a text never look alike.

export type RedisReply =
  | { readonly status: string }
  | { readonly error: string }
  | { readonly map: readonly RedisReply[] }
  | { readonly set: readonly RedisReply[] }
  | { readonly verbatim: string }
  | string
  | bigint
  | null
  | readonly RedisReply[];

export class ReplyReader {
  #data: Buffer = Buffer.alloc(0);

  push(bytes: Buffer): readonly RedisReply[] {
    this.#data = Buffer.concat([this.#data, bytes]);
    const replies: RedisReply[] = [];
    let at = 0;
    for (let read = readReply(this.#data, at); read !== null; read = readReply(this.#data, at)) {
      replies.push(read.reply);
      at = read.end;
    }
    this.#data = this.#data.subarray(at);
    return replies;
  }
}

type Read = { readonly reply: RedisReply; readonly end: number };

function readReply(data: Buffer, from: number): Read | null {
  const lineEnd = data.indexOf("\r\n", from, "latin1");
  if (lineEnd < 0) return null;
  const line = data.toString("latin1", from + 1, lineEnd);
  const end = lineEnd + 2;
  switch (String.fromCharCode(data[from] as number)) {
    case "+":
      return { reply: { status: line }, end };
    case "-":
      return { reply: { error: line }, end };
    case ":":
      return { reply: BigInt(line), end };
    case "_":
      return { reply: null, end };
    case "$":
      return readBulk(data, end, Number(line));
    case "=": {
      const read = readBulk(data, end, Number(line));
      return read === null ? null : { ...read, reply: { verbatim: String(read.reply).slice(4) } };
    }
    case "*":
      return readMany(data, end, Number(line));
    case "~": {
      const read = readMany(data, end, Number(line));
      return read === null ? null : { ...read, reply: { set: read.reply as readonly RedisReply[] } };
    }
    case "%": {
      const read = readMany(data, end, 2 * Number(line));
      return read === null ? null : { ...read, reply: { map: read.reply as readonly RedisReply[] } };
    }
    default:
      throw new Error(`no reply: ${JSON.stringify(data.toString("latin1", from, from + 40))}`);
  }
}

function readBulk(data: Buffer, from: number, length: number): Read | null {
  if (length < 0) return { reply: null, end: from };
  if (data.length < from + length + 2) return null;
  return { reply: data.toString("latin1", from, from + length), end: from + length + 2 };
}

function readMany(data: Buffer, from: number, length: number): Read | null {
  if (length < 0) return { reply: null, end: from };
  const list: RedisReply[] = [];
  let at = from;
  for (let i = 0; i < length; i++) {
    const read = readReply(data, at);
    if (read === null) return null;
    list.push(read.reply);
    at = read.end;
  }
  return { reply: list, end: at };
}
