import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "packages/**/*.test.ts",
      "packages/**/*.sim.ts",
      "conformance/**/*.test.ts",
      "examples/**/*.test.{ts,mts,js,mjs,cjs}",
      "benchmarks/**/*.test.ts",
      "docs/**/*.test.ts",
      "scripts/**/*.test.ts",
    ],
    pool: "forks",
    // Two cores, and many tests wait for processes of their own.
    maxWorkers: 3,
    maxConcurrency: 16,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
