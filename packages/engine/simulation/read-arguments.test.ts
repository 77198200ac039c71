import { describe, expect, test } from "vitest";
import { readArguments } from "./read-arguments.ts";

describe("the command of the simulator", () => {
  test.for([
    [[], { runsMax: 20, secondsMax: Number.POSITIVE_INFINITY }],
    [["--seed", "0", "--runs", "1"], { seed: 0, runsMax: 1, secondsMax: Number.POSITIVE_INFINITY }],
    [["--seconds", "60"], { runsMax: Number.POSITIVE_INFINITY, secondsMax: 60 }],
    [["--seconds=60", "--runs=3"], { runsMax: 3, secondsMax: 60 }],
  ] as const)("takes %j", ([args, values]) => {
    expect(readArguments(args)).toEqual({ kind: "read", values: { broken: false, ...values } });
  });

  test("takes --broken", () => {
    expect(readArguments(["--broken"])).toMatchObject({ kind: "read", values: { broken: true } });
  });

  test.for([
    [["--runs", "abc"], '--runs is "abc"'],
    [["--runs", "0"], '--runs is "0"'],
    [["--runs", "1.5"], '--runs is "1.5"'],
    [["--runs", "-1"], "--runs"],
    [["--seed", "x"], '--seed is "x"'],
    [["--seed", ""], '--seed is ""'],
    [["--seed", "9007199254740992"], '--seed is "9007199254740992"'],
    [["--seconds", "0"], '--seconds is "0"'],
    [["--run", "1"], "--run"],
    [["12"], "12"],
  ] as const)("refuses %j, and says what it takes", ([args, message]) => {
    const read = readArguments(args);
    expect(read).toMatchObject({ kind: "wrong" });
    expect(read.kind === "wrong" ? read.message : "").toContain(message);
    expect(read.kind === "wrong" ? read.message : "").toContain("usage: npm run simulate");
  });
});
