// Commands of Redis that are not here, those of two words too (`client|kill`), so that whoever sends one is told so, and why, instead of
// being asked how it is spelled.

const REASONS: Readonly<Record<string, string>> = {
  "values are strings; hashes, lists, sets, sorted sets, streams and their like are not there yet":
    "hset hget hmset hmget hgetall hdel hexists hincrby hincrbyfloat hkeys hvals hlen hscan hsetnx hstrlen hrandfield hexpire hexpireat hexpiretime hpersist hpexpire hpexpireat hpexpiretime hpttl httl lpush rpush lpop rpop llen lrange lindex lset lrem ltrim linsert lpos lmove lmpop lpushx rpushx blpop brpop blmove blmpop rpoplpush brpoplpush sadd srem smembers sismember smismember scard spop srandmember sinter sunion sdiff sinterstore sunionstore sdiffstore smove sscan sintercard zadd zrem zrange zrangebyscore zrevrange zrevrangebyscore zrangebylex zrangestore zrevrangebylex zrank zrevrank zscore zmscore zcard zcount zlexcount zincrby zpopmin zpopmax zmpop bzpopmin bzpopmax bzmpop zinterstore zunionstore zdiff zdiffstore zinter zintercard zunion zscan zrandmember zremrangebylex zremrangebyrank zremrangebyscore xadd xread xreadgroup xrange xrevrange xlen xdel xtrim xack xclaim xautoclaim xpending xgroup xinfo xsetid pfadd pfcount pfmerge pfdebug pfselftest geoadd geosearch geosearchstore geodist geohash geopos georadius georadius_ro georadiusbymember georadiusbymember_ro bitcount bitop bitpos bitfield bitfield_ro setbit getbit sort sort_ro lcs",
  "messages between clients are not there":
    "publish subscribe unsubscribe psubscribe punsubscribe ssubscribe sunsubscribe spublish pubsub monitor",
  "scripts are not there; a transaction is MULTI … EXEC, or FLOTILLA.TXN": "eval evalsha eval_ro evalsha_ro script fcall fcall_ro function",
  "data is never removed as a whole from here": "flushall flushdb swapdb",
  "every acknowledged write is on the disks of a majority": "save bgsave bgrewriteaof lastsave waitaof",
  "keys are moved by the shard controller": "migrate dump restore restore-asking move copy sync psync replconf replicaof slaveof failover",
  "nobody is told of keys that change": "client|caching client|getredir client|tracking client|trackinginfo",
  "a connection has no power over others": "client|kill client|pause client|unpause client|unblock",
  "every command is answered": "client|reply",
  "CLUSTER SHARDS and CLUSTER NODES tell it": "cluster|replicas cluster|slaves",
  "COMMAND GETKEYS tells the keys": "command|getkeysandflags",
  "members are configured by their environment": "config|rewrite",
  "it is not there": "renamenx substr acl object memory latency slowlog debug module role shutdown lolwut",
};

const WHY = new Map(Object.entries(REASONS).flatMap(([why, names]) => names.split(" ").map((name) => [name, why] as const)));

/** By their reasons. */
export const UNSUPPORTED: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(REASONS).map(([why, names]) => [why, names.split(" ")]),
);

/** How people write it. */
export const shownName = (name: string): string => name.toUpperCase().replace("|", " ");

/** Null: no command of Redis that is known here. */
export function whyUnsupported(name: string): string | null {
  const why = WHY.get(name);
  return why === undefined ? null : `ERR ${shownName(name)} is not supported: ${why}`;
}
