import { asGroup } from "../../../../core/base/ids.ts";
import { addressTemplate } from "../../../../runtime/redis/cluster/address-template.ts";

test.each([
  ["redis-{group}-{ordinal}.example.com:6379", { host: "redis-3-2.example.com", port: 6_379 }],
  ["node.example.com:3{group}{ordinal}79", { host: "node.example.com", port: 33_279 }],
  ["[2001:db8::{ordinal}]:6379", { host: "2001:db8::2", port: 6_379 }],
])("%s", (template, address) => {
  const read = addressTemplate(template);
  expect(typeof read === "string" ? read : read(asGroup("3"), 2)).toEqual(address);
});

test.each([
  ["redis.example.com", "is no host:port"],
  ["redis-{ordinal}:70000", "has a port that is none"],
  ["redis-{ordinal}:x", "has a port that is none"],
  ["redis-{name}-{ordinal}:6379", "has other placeholders than {group} and {ordinal}"],
  ["redis:6379", "is the same for all members: it has no {ordinal}"],
])("%s is refused", (template, why) => {
  expect(addressTemplate(template)).toBe(why);
});
