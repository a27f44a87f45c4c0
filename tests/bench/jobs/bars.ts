// What figures are to be, beside what they are.

/** `value`, `holds`: null where there was nothing to measure it with. */
export type Bar = {
  readonly name: string;
  readonly value: number | null;
  readonly least?: number;
  readonly most?: number;
  readonly holds: boolean | null;
};

export function atLeast(name: string, value: number | null, least: number): Bar {
  const isMeasured = value !== null && Number.isFinite(value);
  return { name, value: isMeasured ? rounded(value) : null, least, holds: isMeasured ? value >= least : null };
}

export function atMost(name: string, value: number, most: number): Bar {
  return { name, value: rounded(value), most, holds: value <= most };
}

const rounded = (value: number): number => Math.round(value * 100) / 100;
