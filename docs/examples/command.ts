// Programs of the pages as processes of their own, as a reader starts them.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The `stepwell` command, and a file of this folder. */
export const stepwellBin = fileURLToPath(import.meta.resolve("../../packages/cli/bin/stepwell.js"));
export const pathOf = (file: string): string =>
  fileURLToPath(new URL(file, new URL("./", import.meta.url)));

export interface Command {
  /** All that it has printed, once that matches. */
  printed(pattern: RegExp): Promise<string>;
  /** All that it has printed, once it has ended well. */
  output(): Promise<string>;
  /** How it ended after the signal: by an exit code, or by a signal. */
  endedBy(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

const leftovers: (() => unknown)[] = [];

/** Ends every program and removes every folder: for an `afterAll`, since tests that run beside each other share them. */
export async function cleanUp(): Promise<void> {
  for (const remove of leftovers.reverse()) await remove();
}

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "stepwell-docs-"));
  leftovers.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a file on this Node. */
export function run(
  args: readonly string[],
  { cwd = newFolder(), env = {} }: { cwd?: string; env?: Readonly<Record<string, string>> } = {},
): Command {
  // The environment of whoever runs the tests must not reach the settings.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(STEPWELL|INNGEST)_|^(PORT|NODE_ENV|NODE_OPTIONS|VITEST.*)$/.test(name),
  );
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  leftovers.push(async () => {
    child.kill("SIGTERM");
    await ended;
  });
  return withOutput(child, ended);
}

function withOutput(child: ChildProcess, ended: Promise<number | null>): Command {
  let text = "";
  const looks = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk) => {
      text += String(chunk);
      for (const look of looks) look();
    });
  return {
    async endedBy(signal) {
      child.kill(signal);
      await ended;
      return child.signalCode ?? child.exitCode ?? -1;
    },
    async output() {
      const code = await ended;
      if (code !== 0) throw new Error(`it ended with ${code}: ${text}`);
      return text;
    },
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(text)) resolve(text);
        };
        looks.add(look);
        look();
        void ended.then((code) => reject(new Error(`it ended with ${code}: ${text}`)));
      }),
  };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        resolve(typeof address === "object" && address !== null ? address.port : 0),
      );
    });
  });
}
