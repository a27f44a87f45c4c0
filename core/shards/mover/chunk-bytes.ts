/** Of one chunk of a copy; one that holds a larger item is larger. `least` where many shards move, `slow` where the link is slow. */
export const CHUNK_BYTES = { slow: 16_384, least: 65_536, most: 262_144 };
