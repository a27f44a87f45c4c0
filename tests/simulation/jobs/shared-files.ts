// What workers write for everybody: outputs of reduces under temporary names, and what became visible of them.
import { must } from "../must.ts";

/** What a reduce made: for each map, which attempt of it was read, and the pairs. */
export type Part = { readonly lines: readonly string[] };

type Written = { readonly job: string; readonly task: number; readonly attempt: number };

export class SharedFiles {
  readonly #temporary = new Map<string, Part>();
  readonly visible = new Map<string, { readonly attempt: number; readonly part: Part }>();

  write({ job, task, attempt }: Written, part: Part): void {
    this.#temporary.set(`${job}/${task}/${attempt}`, part);
  }

  discard(job: string, task: number, attempt: number): void {
    this.#temporary.delete(`${job}/${task}/${attempt}`);
  }

  /** False: there is nothing to publish. */
  publish(job: string, task: number, winner: number): boolean {
    const name = `${job}/${task}`;
    const part = this.#temporary.get(`${name}/${winner}`);
    const before = this.visible.get(name);
    if (before !== undefined) {
      must(before.attempt === winner, `${name}: attempt ${before.attempt} is visible, and now attempt ${winner} is published`);
      return true;
    }
    if (part === undefined) return false;
    this.visible.set(name, { attempt: winner, part });
    return true;
  }

  /** What is left of a job that is over. */
  clean(job: string, isSucceeded: boolean): void {
    for (const name of this.#temporary.keys()) if (name.startsWith(`${job}/`)) this.#temporary.delete(name);
    if (!isSucceeded) for (const name of this.visible.keys()) if (name.startsWith(`${job}/`)) this.visible.delete(name);
  }
}
