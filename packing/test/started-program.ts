import { type ChildProcess, spawn } from "node:child_process";
import { outerEnvironment } from "./run.ts";

const patienceMs = 30_000;

export interface ProgramParts {
  readonly node?: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A program that stays up until it is disposed of. */
export class StartedProgram {
  readonly #child: ChildProcess;
  #output = "";

  constructor({ node = process.execPath, args, cwd, env = {} }: ProgramParts) {
    this.#child = spawn(node, args, { cwd, env: { ...outerEnvironment(), ...env }, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on("data", (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
  }

  /** What the pattern's first group matches in its output, as soon as that is there. */
  async says(pattern: RegExp): Promise<string> {
    const until = performance.now() + patienceMs;
    for (;;) {
      const found = pattern.exec(this.#output);
      if (found !== null) return found[1] ?? found[0];
      if (this.#child.exitCode !== null) throw new Error(`it ended with ${this.#child.exitCode}:\n${this.#output}`);
      if (performance.now() > until) throw new Error(`it has not said ${pattern} within ${patienceMs} ms:\n${this.#output}`);
      await new Promise<void>((resolve) => {
        this.#child.stdout?.once("data", () => resolve());
        this.#child.stderr?.once("data", () => resolve());
        this.#child.once("exit", () => resolve());
        setTimeout(resolve, patienceMs);
      });
    }
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
  }
}
