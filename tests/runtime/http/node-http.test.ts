// What a process loads is paid at every start, and tests start hundreds of them.
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const ROOT = join(__dirname, "../../..");

test.each(["replica", "shard-controller", "coordinator", "worker"])(
  "a %s starts without the HTTP client of the global fetch",
  (service) => {
    const program = `await import("./services/${service}/main.ts"); console.log(JSON.stringify(process.moduleLoadList))`;
    const loaded = execFileSync(process.execPath, ["--input-type=module", "--eval", program], { cwd: ROOT, encoding: "utf8" });
    expect(JSON.parse(loaded)).toContain("NativeModule http");
    expect(JSON.parse(loaded)).not.toContain("NativeModule internal/deps/undici/undici");
  },
);
