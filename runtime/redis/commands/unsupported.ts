// Commands of Redis that are not here, so that whoever sends one is told so, and why, instead of being asked how it is spelled.

const REASONS: Readonly<Record<string, string>> = {
  "values are strings; hashes, lists, sets, sorted sets, streams and their like are not there yet":
    "hset hget hmset hmget hgetall hdel hexists hincrby hincrbyfloat hkeys hvals hlen hscan hsetnx hstrlen hrandfield lpush rpush lpop rpop llen lrange lindex lset lrem ltrim linsert lpos lmove blpop brpop blmove rpoplpush brpoplpush sadd srem smembers sismember smismember scard spop srandmember sinter sunion sdiff sinterstore sunionstore sdiffstore smove sscan sintercard zadd zrem zrange zrangebyscore zrevrange zrevrangebyscore zrangebylex zrank zrevrank zscore zmscore zcard zcount zlexcount zincrby zpopmin zpopmax bzpopmin bzpopmax zinterstore zunionstore zdiff zinter zunion zscan zrandmember zremrangebyrank zremrangebyscore xadd xread xreadgroup xrange xrevrange xlen xdel xtrim xack xclaim xautoclaim xpending xgroup xinfo pfadd pfcount pfmerge geoadd geosearch geodist geohash geopos bitcount bitop bitpos bitfield setbit getbit sort lcs",
  "messages between clients are not there":
    "publish subscribe unsubscribe psubscribe punsubscribe ssubscribe sunsubscribe spublish pubsub monitor",
  "scripts are not there; a transaction is MULTI … EXEC, or FLOTILLA.TXN": "eval evalsha eval_ro evalsha_ro script fcall fcall_ro function",
  "data is never removed as a whole from here": "flushall flushdb swapdb",
  "every acknowledged write is on the disks of a majority": "save bgsave bgrewriteaof lastsave waitaof",
  "keys are moved by the shard controller": "migrate dump restore move copy sync psync replicaof slaveof failover",
  "it is not there": "renamenx substr acl object memory latency slowlog debug module role shutdown lolwut",
};

const WHY = new Map(Object.entries(REASONS).flatMap(([why, names]) => names.split(" ").map((name) => [name, why] as const)));

/** By their reasons. */
export const UNSUPPORTED: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(REASONS).map(([why, names]) => [why, names.split(" ")]),
);

/** Null: no command of Redis that is known here. */
export function whyUnsupported(name: string): string | null {
  const why = WHY.get(name);
  return why === undefined ? null : `ERR ${name.toUpperCase()} is not supported: ${why}`;
}
