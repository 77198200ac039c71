import type { SourceFile } from "./source-file.ts";

/** Where time and chance come from the caller, so that the simulation decides them. */
const injected = /^packages\/(?:protocol|store|store-sqlite|engine)\//;

interface Permit {
  readonly path: RegExp;
  /** Of `forbidden`; everything without it. */
  readonly what?: string;
  readonly reason: string;
}

/** Who may reach for the real ones all the same, and why. */
const permits: readonly Permit[] = [
  { path: /^packages\/engine\/src\/seams\//, reason: "the seams are where the real clock and the real chance come in" },
  { path: /^packages\/engine\/simulation\/main\.ts$/, reason: "the command measures itself and draws the first seed" },
  { path: /^packages\/store-sqlite\/(?:testing\/|src\/.*\.test\.ts$)/, reason: "tests of several processes share nothing but real time" },
  {
    path: /^packages\/store-sqlite\/src\/memory-database\.ts$/,
    what: "crypto's randomness",
    reason: "a database's name, which nobody in the process may have as well; nothing is decided by it",
  },
  { path: /^packages\/protocol\/conformance\//, reason: "it judges a server in a process of its own, which lives in real time" },
  { path: /\.test\.ts$/, what: "performance.now", reason: "a test may measure that a bound on work holds; nothing is decided by it" },
  {
    path: /^packages\/engine\/(?:simulation|testing)\/|\.test\.ts$/,
    what: "setImmediate",
    reason: "promises settle while virtual time stands still",
  },
];

const forbidden: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\b/g, "Date.now"],
  [/\bnew Date\(\s*\)/g, "new Date()"],
  [/\bperformance\.now\b/g, "performance.now"],
  [/\bMath\.random\b/g, "Math.random"],
  [/(?<![.\w])set(?:Timeout|Interval)\b/g, "a timer"],
  [/(?<![.\w])setImmediate\b/g, "setImmediate"],
  [/\bcrypto\.(?:randomUUID|getRandomValues)\b/g, "crypto's randomness"],
];

/** One line for each use of real time or real chance where they are injected. */
export function forbiddenCalls(files: readonly SourceFile[]): readonly string[] {
  return files
    .filter(({ path }) => injected.test(path))
    .flatMap(({ path, code }) =>
      forbidden
        .filter(([, what]) => !permits.some((permit) => permit.path.test(path) && (permit.what ?? what) === what))
        .flatMap(([pattern, what]) =>
          [...code.matchAll(pattern)].map(
            ({ index }) => `${path}:${code.slice(0, index).split("\n").length} uses ${what}; it is handed in`,
          ),
        ),
    );
}
