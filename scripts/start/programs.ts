// The programs of `npm start`.
//
// P1. Each is in a process group of its own, so a terminal's Ctrl-C reaches the launcher alone and every program is told
//     to stop exactly once: a second signal would mean "do not wait".
// P2. They end in the order in which they were started, each when the one before it has ended: while the server waits for
//     calls under way, the app that answers them is still there.
// P3. However the launcher ends, so do they: each is connected to it, and stops when the connection is gone
//     (end-with-launcher.ts).

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface Program {
  /** Stands before each line it prints. */
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface ProgramsParts {
  readonly cwd: string;
  readonly print: (line: string) => void;
  /** A program has ended that nobody told to. */
  readonly onEnd: (name: string, code: number) => void;
}

const preload = new URL("end-with-launcher.ts", import.meta.url).href;
/** Longer than the server waits for calls under way when it is told to stop. */
const endMsMax = 8_000;

export class Programs {
  readonly #parts: ProgramsParts;
  readonly #children: { readonly child: ChildProcess; readonly ended: Promise<void> }[] = [];
  #ending: Promise<void> | undefined;

  constructor(parts: ProgramsParts) {
    this.#parts = parts;
  }

  start({ name, args, env = {} }: Program): void {
    const child = spawn(process.execPath, ["--import", preload, ...args], {
      cwd: this.#parts.cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      // On Windows it would be a console window of its own, and there is no group to be signalled.
      detached: process.platform !== "win32",
    });
    for (const stream of [child.stdout, child.stderr])
      if (stream !== null)
        createInterface({ input: stream }).on("line", (line) => {
          if (line.trim() !== "") this.#parts.print(`${name} │ ${line}`);
        });
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.once("exit", (code) => {
      if (this.#ending === undefined) this.#parts.onEnd(name.trim(), code ?? 1);
    });
    this.#children.push({ child, ended });
  }

  /** Resolves when all have ended. Called twice it is the same end. */
  end(): Promise<void> {
    this.#ending ??= this.#endInOrder();
    return this.#ending;
  }

  async #endInOrder(): Promise<void> {
    for (const { child, ended } of this.#children) {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), endMsMax);
      await ended;
      clearTimeout(timer);
    }
  }
}
