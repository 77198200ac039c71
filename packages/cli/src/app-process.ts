// The app that `stepwell dev -- <command>` runs.
//
// P1. It is in a process group of its own, so a terminal's Ctrl-C reaches the server alone: while the server waits for calls
//     under way, the app that answers them is still there. The server ends it, and everything it started, afterwards.
// P2. It is started once. Whoever changes its code has a tool that restarts it, and that tool is the command.

import { type ChildProcess, spawn } from "node:child_process";
import { StringDecoder } from "node:string_decoder";

export type OutputStream = "stdout" | "stderr";

export interface AppProcessParts {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onLine: (stream: OutputStream, line: string) => void;
}

export interface AppProcess {
  /** With its exit code, when it ended by itself or was ended. */
  readonly ended: Promise<number>;
  /** Ends it and what it started; resolves when it has ended. */
  stop(): Promise<void>;
}

/** How long it may take to end when it is told to, before it is made to. */
const endMsMax = 5_000;
/** What it said last may still be on its way when it has ended, and a program it left behind may hold the pipe for ever. */
const lastWordsMs = 250;
/** A line that is longer is shown in parts. */
const lineLengthMax = 64 * 1_024;
const exitCodeOfNoCommand = 127;

export function startApp({ command, cwd, env, onLine }: AppProcessParts): AppProcess {
  const [file = "", ...args] = command;
  const isWindows = process.platform === "win32";
  const child = spawn(file, args, {
    cwd,
    env,
    // Its input stays open: some tools that watch files end with it.
    stdio: ["pipe", "pipe", "pipe"],
    detached: !isWindows,
    // There npm and the like are no programs but scripts.
    shell: isWindows,
  });
  child.stdin.on("error", () => undefined);
  for (const stream of ["stdout", "stderr"] as const) splitLines(child[stream], (line) => onLine(stream, line));
  // However this process ends, the app does too.
  const kill = (): void => signal(child, "SIGKILL");
  process.once("exit", kill);
  const ended = new Promise<number>((resolve) => {
    child.once("error", (error) => {
      onLine("stderr", error.message);
      resolve(exitCodeOfNoCommand);
    });
    child.once("close", (code) => resolve(code ?? 1));
    child.once("exit", (code) => setTimeout(() => resolve(code ?? 1), lastWordsMs));
  });
  return {
    ended,
    async stop() {
      signal(child, "SIGTERM");
      const timer = setTimeout(kill, endMsMax);
      await ended;
      clearTimeout(timer);
      process.removeListener("exit", kill);
      // What it started and left behind.
      kill();
    },
  };
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill(name);
    else process.kill(-child.pid, name);
  } catch {
    // Nobody of the group is left.
  }
}

function splitLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  stream.on("data", (chunk: Buffer) => {
    rest += decoder.write(chunk);
    const lines = rest.split(/\r?\n/);
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
    for (; rest.length > lineLengthMax; rest = rest.slice(lineLengthMax)) onLine(rest.slice(0, lineLengthMax));
  });
  stream.once("end", () => {
    if (rest !== "") onLine(rest);
  });
}
