// How often each thing took effect. Over many seeds every one must have, or the world proves less than it says.

/** Where the group was, in its moves, when it was lost. */
export const STAGES = [
  "it had not heard of its move",
  "it copied",
  "the source stood still",
  "it served, and the source stood still",
  "it gave",
  "it stood still",
  "nothing of its moved",
] as const;

export type Stage = (typeof STAGES)[number];

export const EFFECT_NAMES = [
  ...STAGES.map((stage): `lost while ${Stage}` => `lost while ${stage}`),
  "settlement made",
  "settlement made even of what stood still",
  "settlement refused: a shard stands still",
  "settlement refused for another reason",
  "settlement adopted in the middle of moves",
  "back before anything was said",
  "back after a settlement",
  "back although what it served was written off",
  "back from one disk without the end of its log",
  "joined again after it was back",
  "groups came or left while one was gone",
  "gone for good with shards of its own",
  "answer lost with a group",
] as const;

export type EffectName = (typeof EFFECT_NAMES)[number];
export type EffectCounts = Record<EffectName, number>;

export const noEffects = (): EffectCounts => Object.fromEntries(EFFECT_NAMES.map((name) => [name, 0])) as EffectCounts;

/** So many seeds meet everything. */
export const DEMANDED_FROM = 100;

export const neverHappened = (counts: EffectCounts): readonly EffectName[] => EFFECT_NAMES.filter((name) => counts[name] === 0);
