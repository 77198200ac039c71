/** What is particular to a package when it is published. */
export interface PublishedPackage {
  readonly folder: string;
  readonly description: string;
  /** Where its built files lie in the tarball. */
  readonly layout: "root" | "dist";
  /** A program is loaded by nobody's `require`. */
  readonly formats: readonly ("esm" | "cjs")[];
  /** `neutral`: runs on Bun, Deno and workers too, so nothing of Node is there but where a file asks for it by name. */
  readonly platform: "node" | "neutral";
  /** The oldest Node that runs it. */
  readonly node: string;
  /** Dependencies that become a part of it, so that nobody installs them. */
  readonly bundled: readonly string[];
  /** What its user imports as well: one copy serves both. */
  readonly peers: readonly string[];
  /**
   * Built files that hold what several others load, by their names: each has modules of the repository's packages, and what those
   * import that no file before it has. A bundler divides an application by what its parts need, and each file that it divides has
   * to say what it takes from the others; and it leaves out whole files that nothing uses.
   */
  readonly together: Readonly<Record<string, readonly string[]>>;
  /** What only some of its exports need: whoever uses those installs it. */
  readonly optionalPeers: readonly string[];
  /** Programs besides its exports, by the name of their built file. */
  readonly programs: Readonly<Record<string, string>>;
  /** Exports that only this repository uses. */
  readonly unpublished: readonly string[];
  /** Files and folders that go along as they are. */
  readonly files: readonly string[];
}

const usual = {
  layout: "dist",
  formats: ["esm", "cjs"],
  platform: "node",
  node: "^22.20.0 || ^24.7.0 || >=26.0.0",
  ...{ bundled: [], peers: [], optionalPeers: [], together: {}, programs: {}, unpublished: [], files: [] },
} as const;

/** In an order in which each comes after what it needs. */
export const publishedPackages: readonly PublishedPackage[] = [
  {
    ...usual,
    folder: "protocol",
    description: "The wire protocol of Stepwell: events, calls, ops, signatures, limits, error codes.",
    platform: "neutral",
    node: ">=20",
    unpublished: ["./conformance"],
  },
  {
    ...usual,
    folder: "sdk",
    description: "Durable functions made of steps: events, schedules, waits, retries.",
    // Where tools that do not read `exports` look for `stepwell/next`.
    layout: "root",
    platform: "neutral",
    node: ">=20",
    // Applications install one package without dependencies.
    bundled: ["@stepwell/protocol"],
    together: {
      // With what sending, which comes later, has in common with the handler: whoever only sends loads nothing of that.
      client: [
        "sdk/src/client/stepwell.ts",
        "sdk/src/client/base-url.ts",
        "protocol/src/headers.ts",
        "protocol/src/json-shape.ts",
        "protocol/src/signing-key.ts",
        "protocol/src/to-hex.ts",
      ],
      handler: ["sdk/src/serve/create-answerer.ts"],
    },
    programs: { bin: "bin/stepwell.ts" },
  },
  { ...usual, folder: "store", description: "The storage seam of Stepwell.", unpublished: ["./contract"] },
  {
    ...usual,
    folder: "store-sqlite",
    description: "Stepwell's store in an SQLite file, on node:sqlite.",
    programs: { "reports-worker": "src/reports-worker.ts" },
    files: ["migrations", "schema.sql"],
  },
  {
    ...usual,
    folder: "engine",
    description: "Stepwell's engine: what happens between an event and a result.",
    // It has no CommonJS of its own, which Jest asks for.
    bundled: ["@marcbachmann/cel-js"],
  },
  { ...usual, folder: "server", description: "Stepwell over HTTP: events in, calls out, the API." },
  {
    ...usual,
    folder: "embedded",
    description: "Stepwell's engine in your own process.",
    peers: ["stepwell"],
    // Its `/api` alone: an engine without HTTP is a sixth of the size.
    optionalPeers: ["@stepwell/server"],
  },
  { ...usual, folder: "testing", description: "Tests of durable functions on the real engine in virtual time.", peers: ["stepwell"] },
  {
    ...usual,
    folder: "cli",
    description: "The stepwell command: dev server, server, tools.",
    formats: ["esm"],
    programs: { main: "src/main.ts" },
    files: ["bin"],
  },
];
