import { execFile } from "node:child_process";
import { promisify } from "node:util";

export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; one that fails is an error with what it printed. */
export async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Printed> {
  const options = { cwd, env: { ...outerEnvironment(), ...env }, shell: process.platform === "win32" };
  try {
    return await promisify(execFile)(program, args, options);
  } catch (error) {
    const { stdout, stderr } = error as Printed;
    throw new Error(`${program} ${args.join(" ")}\n${stdout}${stderr}`, { cause: error });
  }
}

/** Of the runner and the npm that this test runs in, and of whoever's keys, nothing is to be seen. */
export function outerEnvironment(): Readonly<Record<string, string | undefined>> {
  const isInner = /^(?:npm_|NODE_ENV$|NODE_OPTIONS$|PORT$|VITEST|STEPWELL_|INNGEST_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isInner.test(name)));
}
