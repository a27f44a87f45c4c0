// What a task's code printed: the end of it, because the last lines say most about a failure.
const LENGTH_MAX = 16_384;

export class TaskLog {
  #text = "";

  write(text: string): void {
    this.#text = (this.#text + text).slice(-2 * LENGTH_MAX);
  }

  get text(): string {
    return this.#text.slice(-LENGTH_MAX);
  }
}
