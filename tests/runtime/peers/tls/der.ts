// As much of DER as a certificate needs: how values are written, each as what it is, how long it is, and what is in it.

export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 255);
  return Buffer.concat([Buffer.from(length < 128 ? [tag, length] : [tag, 128 + bytes.length, ...bytes]), content]);
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
export const set = (...parts: readonly Uint8Array[]): Buffer => der(0x31, ...parts);
export const truth = (): Buffer => der(0x01, Buffer.from([255]));
/** Not negative, and small enough for its bytes to be written as they are. */
export const integer = (bytes: Uint8Array): Buffer => der(0x02, bytes);
export const bits = (bytes: Uint8Array, unused = 0): Buffer => der(0x03, Buffer.from([unused]), bytes);
export const octets = (bytes: Uint8Array): Buffer => der(0x04, bytes);
export const text = (value: string): Buffer => der(0x0c, Buffer.from(value));
/** Until 2049. */
export const time = (ms: number): Buffer => der(0x17, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replace(/\D/g, "")}Z`));
/** Of a context: [0], [1] and so on. */
export const tagged = (number: number, content: Uint8Array, { isPrimitive = false } = {}): Buffer =>
  der((isPrimitive ? 0x80 : 0xa0) + number, content);

/** Such as 2.5.29.17. */
export function name(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const each of rest) {
    const sevens = [each & 127];
    for (let left = each >>> 7; left > 0; left >>>= 7) sevens.unshift((left & 127) | 128);
    bytes.push(...sevens);
  }
  return der(0x06, Buffer.from(bytes));
}
