import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

export interface AppProcess {
  readonly pid: number;
  readonly lines: readonly string[];
  /** When it has printed the line. */
  printed(line: string | RegExp): Promise<string>;
  kill(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Runs `app-process.ts` of this folder, until the end of the test at the latest: one that is left holds up whoever reads what the tests print. */
export function startApp(file: string, what: string): AppProcess {
  const path = new URL("app-process.ts", import.meta.url).pathname;
  const child: ChildProcess = spawn(process.execPath, [path, file, what], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const look = (): void => {
    for (const each of waiting) each();
  };
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on("line", (line) => {
      lines.push(line);
      look();
    });
  const ended = new Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>((resolve) =>
    child.on("close", (code, signal) => resolve({ code, signal })),
  );
  return {
    pid: child.pid ?? -1,
    lines,
    printed: (wanted) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const line = lines.find((each) => (typeof wanted === "string" ? each === wanted : wanted.test(each)));
          if (line === undefined) return;
          waiting.delete(check);
          resolve(line);
        };
        waiting.add(check);
        check();
        void ended.then(() => reject(new Error(`the process ended without printing ${wanted}: ${lines.join(" | ")}`)));
      }),
    kill(signal) {
      child.kill(signal);
      return ended;
    },
  };
}
