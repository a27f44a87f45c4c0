// In place of kubectl and helm: small scripts that ask this process, which answers out of a pretended cluster and takes note of every call.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server, Socket } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { filledIn } from "./json-path.ts";

export type Pretended = {
  /** Of the release, as `kubectl get statefulset --output json` has them. */
  readonly sets: readonly { readonly metadata: { readonly name: string } }[];
  readonly secret: object;
  /** What a rollback makes of it. */
  readonly secretThen?: object;
  /** As `helm get` has them. */
  readonly hooks: string;
  readonly values: string;
  /** Those with the command line, one after the other, once nothing more happens to them; the last one again and again. */
  readonly pods: readonly Pod[];
};

export type Pod = { readonly status: object; readonly logs?: string };

export type Call = { readonly program: string; readonly args: readonly string[] };

type Answer = { readonly code: number; readonly text: string };

/** The number of words, the words, and then: the code on a line, and what is written. */
const SCRIPT = `#!/usr/bin/env bash
exec 3<>"/dev/tcp/127.0.0.1/$STUB_PORT"
printf '%s\\0' "$(($# + 1))" "\${0##*/}" "$@" >&3
read -r code <&3
cat <&3
exit "$code"
`;

export class StubPrograms {
  readonly calls: Call[] = [];
  /** The Secret with the tokens, which a rollback and a patch change. */
  secret: object;
  #begun = 0;
  readonly #server: Server;
  readonly #directory = mkdtempSync(join(tmpdir(), "flotilla-stubs-"));

  private constructor(pretended: Pretended) {
    this.secret = pretended.secret;
    this.#server = createServer((socket) => this.#serve(socket, pretended));
    for (const program of ["kubectl", "helm"]) writeFileSync(join(this.#directory, program), SCRIPT, { mode: 0o755 });
  }

  static async start(pretended: Pretended): Promise<StubPrograms> {
    const stubs = new StubPrograms(pretended);
    await new Promise<void>((resolve) => stubs.#server.listen(0, "127.0.0.1", resolve));
    return stubs;
  }

  get environment(): NodeJS.ProcessEnv {
    const { port } = this.#server.address() as { port: number };
    return { ...process.env, PATH: `${this.#directory}:${process.env["PATH"] ?? ""}`, STUB_PORT: String(port) };
  }

  close(): void {
    this.#server.close();
    rmSync(this.#directory, { recursive: true });
  }

  #serve(socket: Socket, pretended: Pretended): void {
    let text = "";
    socket.setEncoding("utf8").on("data", (piece) => {
      text += String(piece);
      const [count, program = "", ...args] = text.split("\0").slice(0, -1);
      if (args.length + 1 !== Number(count)) return;
      this.calls.push({ program, args });
      if (args[0] === "rollback") this.secret = pretended.secretThen ?? this.secret;
      if (args[2] === "run") this.#begun += 1;
      if (args[2] === "patch" && args[3] === "secret") this.secret = { ...this.secret, ...(JSON.parse(args.at(-1) ?? "") as object) };
      const { code, text: answer } = program === "helm" ? helm(args, pretended) : this.#kubectl(args, pretended);
      socket.end(`${code}\n${answer}`);
    });
  }

  #kubectl(args: readonly string[], { sets, pods }: Pretended): Answer {
    const pod = pods[this.#begun - 1] ?? pods.at(-1);
    return kubectl(args, { sets, secret: this.secret, pod });
  }
}

function helm([verb, what]: readonly string[], { hooks, values }: Pretended): Answer {
  if (verb !== "get") return { code: 0, text: "" };
  return { code: 0, text: what === "hooks" ? hooks : values };
}

type Asked = Pick<Pretended, "sets" | "secret"> & { readonly pod: Pod | undefined };

function kubectl(args: readonly string[], { sets, secret, pod }: Asked): Answer {
  const [verb, what = "", name = ""] = args.slice(2);
  const template = args.map((arg) => /^(?:--for=)?jsonpath=([^]*)$/.exec(arg)?.[1]).find((each) => each !== undefined) ?? "";
  const set = sets.find(({ metadata }) => metadata.name === name);
  const text = filledIn(template, { statefulset: set ?? { items: sets }, secret }[what] ?? pod);
  if (verb === "get") return { code: 0, text };
  if (verb === "logs") return { code: 0, text: pod?.logs ?? "Healthy\n" };
  // Nothing more happens, so that what is not there by now is waited for in vain.
  return { code: verb === "wait" && text === "" ? 1 : 0, text: "" };
}
