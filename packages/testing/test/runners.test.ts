// The kit in the runners people have. This file is Vitest's; the others are started as they are started by people.

import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";

const folder = new URL("../runners/", import.meta.url);

interface Ran {
  readonly code: number | null;
  readonly output: string;
}

function run(args: readonly string[]): Ran {
  // Of the runner that this test runs in nothing is to be seen.
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, VITEST: ___, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--no-warnings", ...args], {
    cwd: folder.pathname,
    encoding: "utf8",
    // A child that does not end must not keep this process, whose own timers stand still meanwhile.
    timeout: 110_000,
    env: { ...env, FORCE_COLOR: "0" },
  });
  return { code: status, output: stdout + stderr };
}

describe("the same tests", () => {
  test("in node:test, side by side", { timeout: 120_000 }, () => {
    const { code, output } = run(["--test", "node-test.ts"]);
    expect(output).toMatch(/pass 3/);
    expect(code).toBe(0);
  });

  test("in Jest", { timeout: 120_000 }, () => {
    const jest = createRequire(import.meta.url).resolve("jest/bin/jest");
    const { code, output } = run(["--experimental-vm-modules", jest, "--config", "jest.config.json", "--no-cache"]);
    expect(output).toMatch(/Tests: +4 passed, 4 total/);
    expect(code).toBe(0);
  });
});
