// The page that says, for each export of the official packages, whether it is here.

import { type Exports, officialExports, ownExports } from "./exported-names.ts";
import { namesLeftOut, subpathsLeftOut } from "./left-out.ts";

export interface Entry {
  readonly subpath: string;
  readonly name: string;
  readonly kind: "type" | "value";
  /** Which of the packages have it. */
  readonly of: readonly ("3" | "4")[];
  /** Why it is not here. */
  readonly reason?: string;
}

/** Every export of both packages, those of whole subpaths that are left out excepted. */
export function compatibilityEntries(): readonly Entry[] {
  const packages = [
    ["3", officialExports("inngest-v3")],
    ["4", officialExports("inngest")],
  ] as const;
  const own = ownExports();
  const entries = new Map<string, Entry>();
  for (const [version, exports] of packages)
    for (const [subpath, names] of exports) {
      if (subpath in subpathsLeftOut) continue;
      for (const [name, kind] of names) {
        const key = `${subpath} ${name}`;
        const before = entries.get(key);
        const reason = own.get(subpath)?.has(name) === true ? undefined : namesLeftOut[name];
        entries.set(key, { subpath, name, kind, of: [...(before?.of ?? []), version], ...(reason === undefined ? {} : { reason }) });
      }
    }
  return [...entries.values()].sort((a, b) => a.subpath.localeCompare(b.subpath) || a.name.localeCompare(b.name));
}

/** Subpaths of either package. */
export function officialSubpaths(): readonly string[] {
  const both: readonly Exports[] = [officialExports("inngest-v3"), officialExports("inngest")];
  return [...new Set(both.flatMap((exports) => [...exports.keys()]))].sort();
}

export function compatibilityPage(): string {
  const entries = compatibilityEntries();
  const rows = (list: readonly Entry[]): string =>
    list
      .map(
        ({ name, kind, of, reason }) => `| \`${name}\` | ${kind} | ${of.join(", ")} | ${reason === undefined ? "yes" : `no: ${reason}`} |`,
      )
      .join("\n");
  const bySubpath = Map.groupBy(entries, ({ subpath }) => subpath);
  const sections = [...bySubpath].map(
    ([subpath, list]) =>
      `## \`${subpath === "." ? "stepwell" : `stepwell/${subpath.slice(2)}`}\`\n\n| export | | of inngest | here |\n|---|---|---|---|\n${rows(list)}\n`,
  );
  const left = Object.entries(subpathsLeftOut)
    .filter(([subpath]) => officialSubpaths().includes(subpath))
    .map(([subpath, reason]) => `| \`inngest/${subpath.slice(2)}\` | ${reason} |`)
    .join("\n");
  return `# What of the official SDK's exports is here

An application that was written for \`inngest\` 3 or 4 runs with \`stepwell\` in its place. This page has every export of both packages, read from
their declarations by \`packages/sdk/test/compatibility\`; a test fails when an export is neither here nor on this page with a reason.
It is written by \`npm run docs -w packages/sdk\`. How to move is in [moving-from-inngest.md](moving-from-inngest.md).

## Left out as a whole

| subpath | why |
|---|---|
${left}

${sections.join("\n")}`;
}
