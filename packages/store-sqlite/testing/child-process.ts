// Processes of their own, for what only a second process can show: a file that is in use, a death without a farewell.

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface Child {
  readonly pid: number;
  /** The lines it has printed so far. */
  readonly lines: readonly string[];
  /** When it has printed so many lines. */
  printed(count: number): Promise<void>;
  /** No handler of it runs: as a power cut would end it, for its process. */
  kill(): Promise<void>;
  exited: Promise<number | null>;
}

/** Runs one of the scripts of this folder. */
export function startChild(script: string, ...args: readonly string[]): Child {
  const path = new URL(script, import.meta.url).pathname;
  const child: ChildProcess = spawn(process.execPath, [path, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  const waiting: { readonly count: number; readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on("line", (line) => {
      lines.push(line);
      for (const { count, resolve } of waiting) if (lines.length >= count) resolve();
    });
  const exited = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
  void exited.then((code) => {
    for (const { reject } of waiting) reject(new Error(`${script} ended with ${code} after ${lines.length} lines`));
  });
  return {
    pid: child.pid ?? -1,
    lines,
    exited,
    printed: (count) =>
      new Promise((resolve, reject) => {
        if (lines.length >= count) resolve();
        else waiting.push({ count, resolve, reject });
      }),
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
