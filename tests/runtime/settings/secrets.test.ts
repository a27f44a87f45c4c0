import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../../runtime/settings/settings.ts";
import { ConfigError } from "../../../runtime/settings/settings.ts";
import { replicaConfig } from "../../../services/replica/config.ts";

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "secrets-"))));
afterEach(() => rmSync(directory, { recursive: true }));

const configOf = (environment: Environment) =>
  replicaConfig({ FLOTILLA_ORDINAL: "0", FLOTILLA_PEERS: "127.0.0.1:7401", FLOTILLA_DATA_DIR: "/data", ...environment });

function file(name: string, text: string): string {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
}

test("without tokens nothing needs one; with an administrator's, what administers does", () => {
  expect(configOf({}).access).toEqual({ mode: "none", dataToken: null, adminToken: null });
  expect(configOf({ FLOTILLA_ADMIN_TOKEN: "a", FLOTILLA_DATA_TOKEN: "d" }).access).toEqual({
    mode: "admin",
    dataToken: "d",
    adminToken: "a",
  });
  expect(configOf({ FLOTILLA_ADMIN_TOKEN: "a", FLOTILLA_AUTH: "none" }).access.mode).toBe("none");
});

test("secrets come from files as well, without the end of their line", () => {
  const config = configOf({
    FLOTILLA_AUTH: "all",
    FLOTILLA_DATA_TOKEN_FILE: file("data", "d\n"),
    FLOTILLA_ADMIN_TOKEN_FILE: file("admin", "a\n"),
    FLOTILLA_CLUSTER_SECRET_FILE: file("secret", "  s "),
  });
  expect(config.access).toEqual({ mode: "all", dataToken: "d", adminToken: "a" });
  expect(config.clusterSecret).toBe("s");
});

test("health has a port of its own where one is given", () => {
  expect(configOf({}).healthPort).toBeNull();
  expect(configOf({ FLOTILLA_HEALTH_PORT: "7402" }).healthPort).toBe(7402);
  expect(() => configOf({ FLOTILLA_HEALTH_PORT: "7401" })).toThrow("FLOTILLA_HEALTH_PORT is 7401, like another port of this process");
});

test.each<{ name: string; change: Environment; says: string }>([
  {
    name: "a mode without the token for it",
    change: { FLOTILLA_AUTH: "admin" },
    says: "FLOTILLA_AUTH is admin, which needs FLOTILLA_ADMIN_TOKEN",
  },
  {
    name: "all without a token for data",
    change: { FLOTILLA_AUTH: "all", FLOTILLA_ADMIN_TOKEN: "a" },
    says: "FLOTILLA_AUTH is all, which needs FLOTILLA_DATA_TOKEN",
  },
  { name: "another mode", change: { FLOTILLA_AUTH: "data" }, says: 'FLOTILLA_AUTH is "data", not one of none, admin, all' },
  {
    name: "one token for both",
    change: { FLOTILLA_DATA_TOKEN: "a", FLOTILLA_ADMIN_TOKEN: "a" },
    says: "FLOTILLA_DATA_TOKEN is the same as FLOTILLA_ADMIN_TOKEN",
  },
  {
    name: "a secret twice",
    change: { FLOTILLA_CLUSTER_SECRET: "s", FLOTILLA_CLUSTER_SECRET_FILE: "/s" },
    says: "FLOTILLA_CLUSTER_SECRET_FILE is set, and so is FLOTILLA_CLUSTER_SECRET",
  },
  {
    name: "a secret with a space, without telling it",
    change: { FLOTILLA_CLUSTER_SECRET: "a b" },
    says: "FLOTILLA_CLUSTER_SECRET must hold 1 to 1024 letters, digits and signs without spaces",
  },
])("refuses $name", ({ change, says }) => {
  expect(() => configOf(change)).toThrow(new ConfigError(says));
});

test("a file that is not there is named", () => {
  expect(() => configOf({ FLOTILLA_DATA_TOKEN_FILE: join(directory, "none") })).toThrow(
    /^FLOTILLA_DATA_TOKEN_FILE is ".*none", which can't be read: ENOENT/,
  );
});
