import { execFileSync } from "node:child_process";

interface Imported {
  readonly title: string;
  readonly package: string;
  readonly folder: string;
}

interface ImportTime {
  readonly title: string;
  readonly wallMs: number;
  readonly processorMs: number;
}

/** Each in fresh processes, in turn; the first of each warms the disk's cache and does not count. */
export function importTimes(contenders: readonly Imported[], rounds: number): readonly ImportTime[] {
  const times = contenders.map(({ title }) => ({ title, wall: [] as number[], processor: [] as number[] }));
  for (let round = 0; round <= rounds; round += 1)
    for (const [index, contender] of contenders.entries()) {
      const [wall = 0, processor = 0] = importOnce(contender);
      if (round === 0) continue;
      times[index]?.wall.push(wall);
      times[index]?.processor.push(processor);
    }
  return times.map(({ title, wall, processor }) => ({ title, wallMs: middle(wall), processorMs: middle(processor) }));
}

function importOnce({ package: name, folder }: Imported): readonly number[] {
  const program = `const at = performance.now(); const cpu = process.cpuUsage(); await import("${name}");
    const wall = performance.now() - at; const { user, system } = process.cpuUsage(cpu); console.log(JSON.stringify([wall, (user + system) / 1000]));`;
  return JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", program], { cwd: folder, encoding: "utf8" }));
}

function middle(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;
}
