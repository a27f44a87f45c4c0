-- What wrk sends, and how it reports. Each thread makes its requests once, for all keys, because the machine is shared with what
-- is measured. BENCH_STORE is "flotilla" or "etcd", BENCH_KIND "write" or "read"; thread n goes to address n of BENCH_TARGETS.

local store, kind = os.getenv("BENCH_STORE"), os.getenv("BENCH_KIND")
local keys, value_bytes = tonumber(os.getenv("BENCH_KEYS")), tonumber(os.getenv("BENCH_VALUE_BYTES"))
local targets = {}
for host, port in os.getenv("BENCH_TARGETS"):gmatch("([^: ]+):(%d+)") do targets[#targets + 1] = { host = host, port = port } end

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function base64(text)
  local out = {}
  for i = 1, #text, 3 do
    local a, b, c = text:byte(i, i + 2)
    local n = a * 65536 + (b or 0) * 256 + (c or 0)
    for shift = 18, 0, -6 do
      local digit = math.floor(n / 2 ^ shift) % 64
      out[#out + 1] = ALPHABET:sub(digit + 1, digit + 1)
    end
    if not b then out[#out - 1] = "=" end
    if not c then out[#out] = "=" end
  end
  return table.concat(out)
end

local JSON = { ["content-type"] = "application/json" }
local value = string.rep("x", value_bytes)

local make = {
  flotilla = {
    write = function(key) return wrk.format("PUT", "/v1/kv/" .. key, JSON, '{"value":"' .. value .. '"}') end,
    read = function(key) return wrk.format("GET", "/v1/kv/" .. key, {}) end,
  },
  etcd = {
    write = function(key)
      return wrk.format("POST", "/v3/kv/put", JSON, '{"key":"' .. base64(key) .. '","value":"' .. base64(value) .. '"}')
    end,
    read = function(key) return wrk.format("POST", "/v3/kv/range", JSON, '{"key":"' .. base64(key) .. '"}') end,
  },
}

local threads = 0

function setup(thread)
  threads = threads + 1
  local target = targets[(threads - 1) % #targets + 1]
  thread.addr = wrk.lookup(target.host, target.port)[1]
  thread:set("seed", threads)
end

local requests = {}

function init()
  math.randomseed(seed)
  for n = 1, keys do requests[n] = make[store][kind](string.format("key-%08d", n)) end
end

function request()
  return requests[math.random(keys)]
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"answers":%d,"seconds":%.6f,"p50Ms":%.3f,"p99Ms":%.3f,"errors":%d}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
