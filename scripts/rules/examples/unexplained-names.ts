import type { OfferedName } from "./offered-names.ts";
import type { TextFile } from "./shown-code.ts";

/** One line for each name that no page says anything of: it stands in no code within a sentence or a table. */
export function unexplainedNames(names: readonly OfferedName[], pages: readonly TextFile[]): readonly string[] {
  const prose = pages.map(({ text }) => text.replaceAll(/^```[\s\S]*?^```/gm, "")).join("\n");
  const words = new Set([...prose.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = ""]) => code.match(/\w+/g) ?? []));
  return names.filter(({ path }) => !words.has(lastOf(path))).map(({ path }) => `${path}: no page says what it is`);
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}
