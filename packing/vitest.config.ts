import { defineConfig } from "vitest/config";

// The packages are packed once, before all tests.
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ["test/*.test.ts"],
    globalSetup: ["test/pack-once.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
