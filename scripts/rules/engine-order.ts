import { posix } from "node:path";
import type { SourceFile } from "./source-file.ts";

const engine = "packages/engine/src/";

/** From the top to the bottom. A folder imports its own row and the rows below it. */
const engineRows: readonly (readonly string[])[] = [
  ["index.ts"],
  ["engine.ts"],
  ["engine-machine.ts"],
  ["engine-options.ts"],
  // Answers of "why?" look at everything below, and nothing there knows of them.
  ["explanations"],
  ["queue", "timers", "retention"],
  ["attempts", "waits"],
  ["ops"],
  // An op and the end of a run make events, which start runs as any other event does.
  ["events"],
  ["runs", "apps", "journal", "schedules", "failures"],
  // What gates a function's runs: its registry entry carries it, and whatever starts a run asks it.
  ["admission"],
  ["writer", "chaos"],
  ["seams", "expression"],
];

/** Types that callers and folders share; it must stay without code, so it may stand beside the rows. */
const interfaceOnly = "engine-interface.ts";

/** Files that lower rows may import although they live in a higher one, each with its reason. They may import nothing of the engine's code. */
export const openFiles: Readonly<Record<string, string>> = {
  "attempts/retry-policy.ts": "pure arithmetic that an op's failure needs, and it belongs with the attempts",
};

/** One line for each import inside the engine that runs up its rows, and for each open file that is not needed or not a leaf. */
export function engineOrderBreaks(files: readonly SourceFile[]): readonly string[] {
  const used = new Set<string>();
  const breaks = files
    .filter(({ path }) => path.startsWith(engine) && !path.endsWith(".test.ts"))
    .flatMap((file) => {
      const source = file.path.slice(engine.length);
      return file.imports
        .filter(({ from }) => from.startsWith("."))
        .flatMap(({ from, isTypeOnly }) => {
          const target = posix.join(posix.dirname(source), from);
          const problem = whyNot(source, target, isTypeOnly, used);
          return problem === undefined ? [] : [`${file.path} imports ${target}: ${problem}`];
        });
    });
  const unused = Object.keys(openFiles)
    .filter((path) => !used.has(path))
    .map((path) => `${engine}${path} is listed as open, and nothing below it imports it: take it off the list`);
  return [...breaks, ...unused];
}

function whyNot(source: string, target: string, isTypeOnly: boolean, used: Set<string>): string | undefined {
  if (target === interfaceOnly || source === interfaceOnly)
    return isTypeOnly || source === "index.ts" ? undefined : `${interfaceOnly} holds types only`;
  const [from, to] = [rowOf(source), rowOf(target)];
  if (from === undefined || to === undefined) return "a folder of the engine without a row in scripts/rules/engine-order.ts";
  if (source in openFiles && !isTypeOnly) return "an open file imports no code of the engine";
  if (to >= from) return undefined;
  if (target in openFiles) {
    used.add(target);
    return undefined;
  }
  return `${source.split("/")[0]} stands below ${target.split("/")[0]}`;
}

function rowOf(path: string): number | undefined {
  const row = engineRows.findIndex((names) => names.includes(path.split("/")[0] ?? ""));
  return row < 0 ? undefined : row;
}
