import { version } from "../version.ts";
import type { PlannedEdit } from "./plan.ts";
import { hasDependency, type Project } from "./project.ts";

/** `package.json` with what the functions need, indented as it was; absent: it has it. */
export function manifestEdit({ manifest, manifestText }: Project): PlannedEdit | undefined {
  const needs = { dependencies: "stepwell", devDependencies: "@stepwell/cli" } as const;
  const missing = Object.entries(needs).filter(([, name]) => !hasDependency(manifest, name));
  if (missing.length === 0) return undefined;
  const edited: Record<string, unknown> = { ...manifest };
  for (const [section, name] of missing) {
    const before = edited[section];
    const list = { ...(typeof before === "object" && before !== null ? before : {}), [name]: `^${version}` };
    edited[section] = Object.fromEntries(Object.entries(list).sort(([one], [other]) => (one < other ? -1 : 1)));
  }
  const indent = /^([ \t]+)"/m.exec(manifestText)?.[1] ?? "  ";
  const what = `depends on ${missing.map(([, name]) => name).join(" and ")}`;
  return { path: "package.json", text: `${JSON.stringify(edited, undefined, indent)}\n`, what };
}
