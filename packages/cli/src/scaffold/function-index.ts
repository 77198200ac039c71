import { moduleText } from "./module-text.ts";
import type { ModuleStyle } from "./project.ts";

/** The list of all functions, with the first of them. */
export function functionIndex(names: readonly string[], file: string, style: ModuleStyle): string {
  return moduleText(
    `import { ${names.join(", ")} } from "./${file}";

/** Everything that is served. */
export const functions = [${names.join(", ")}];
`,
    style,
  );
}

/** The list with more functions; undefined: it is not written in the way that this can read. */
export function withFunctions(
  index: string,
  names: readonly string[],
  file: string,
  { isEsm, importSuffix }: ModuleStyle,
): string | undefined {
  const list = /(\bconst functions(?:\s*:[^=]+)?\s*=\s*\[)([^\]]*)(\])/.exec(index);
  if (list === null) return undefined;
  const [all, head = "", held = "", end = ""] = list;
  const before = held.trimEnd().replace(/,$/, "");
  const isInLines = /\n/.test(held);
  const added = isInLines
    ? `${before}${before.trim() === "" ? "" : ","}${names.map((name) => `\n  ${name},`).join("")}\n`
    : [before, ...names].filter((each) => each.trim() !== "").join(", ");
  const from = `"./${file}${importSuffix}"`;
  const line = isEsm ? `import { ${names.join(", ")} } from ${from};` : `const { ${names.join(", ")} } = require(${from});`;
  const lines = index.replace(all, () => `${head}${added}${end}`).split("\n");
  const last = lines.findLastIndex((each) => /^import\s.*;?\s*$|^\} from .*$|^const \{.*\} = require\(.*$/.test(each));
  return lines.toSpliced(last + 1, 0, line).join("\n");
}
