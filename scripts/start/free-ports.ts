import { createServer } from "node:net";
import { describeHolder, portHolder } from "@stepwell/cli";

export interface PortUse {
  readonly port: number;
  readonly what: string;
}

/**
 * Longer than the programs of an `npm start` that was killed need to end by themselves. Idle ones are gone in a tenth of a second; a
 * server with a call under way answers on its port until the call is back, at most for its `--grace` of 3 s, and whatever does
 * not end has `endMsMax` of end-with-launcher.ts.
 */
const freeMsMax = 15_000;
const lookMs = 100;

/**
 * Resolves when every port is free, or with a sentence on the first that is not. One that our own programs hold is waited
 * for: those of an earlier `npm start` may be about to end.
 */
export async function freePorts(uses: readonly PortUse[], say: (line: string) => void): Promise<string | undefined> {
  for (const { port, what } of uses) {
    if (!(await isTaken(port))) continue;
    const holder = await holderOf(port);
    const taken = `port ${port}, for ${what}, is taken: ${holder.text}`;
    if (!holder.isOurs) return taken;
    say(`${taken}; waiting ${freeMsMax / 1_000} s for it to end …`);
    if (!(await becomesFree(port))) return taken;
  }
  return undefined;
}

async function becomesFree(port: number): Promise<boolean> {
  const give = performance.now() + freeMsMax;
  while (await isTaken(port)) {
    if (performance.now() > give) return false;
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
  return true;
}

async function holderOf(port: number): Promise<{ readonly isOurs: boolean; readonly text: string }> {
  const holder = await portHolder(port);
  if (holder.kind === "stepwell") return { isOurs: true, text: describeHolder(holder) };
  const program = await exampleOn(port);
  if (program === undefined) return { isOurs: false, text: describeHolder(holder) };
  return { isOurs: true, text: `${program.name} of an npm start is already running there (pid ${program.pid})` };
}

/** The example's programs say under `/health` who they are. */
async function exampleOn(port: number): Promise<{ readonly name: string; readonly pid: number } | undefined> {
  try {
    const response = await fetch(`http://localhost:${port}/health`, { signal: AbortSignal.timeout(1_000) });
    const { program, pid } = (await response.json()) as { readonly program?: unknown; readonly pid?: unknown };
    return typeof program === "string" && typeof pid === "number" ? { name: program, pid } : undefined;
  } catch {
    return undefined; // It speaks no HTTP, or no JSON, or not in time: not one of ours.
  }
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(true));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(false)));
  });
}
