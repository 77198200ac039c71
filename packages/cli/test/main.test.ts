import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stepwell, temporaryFolder } from "./stepwell-process.ts";

test.each([
  [["ruons", "list"], "runs"],
  [["runs", "lst"], "runs list"],
  [["dve"], "dev"],
  [["runs", "list", "--stauts", "failed"], "--status"],
  [["dev", "--no-pol"], "--no-poll"],
])("AC-CLI-14: a typo in %j suggests %s, exit code 2", async (args, near) => {
  const result = await stepwell(args);
  expect(result).toMatchObject({ code: 2, stdout: "" });
  expect(result.stderr).toMatch(new RegExp(`^error: .*did you mean "?${near}"?\\?`));
});

test("a word that is near to nothing is refused without a suggestion", async () => {
  expect(await stepwell(["bananas"])).toMatchObject({
    code: 2,
    stderr: 'error: there is no command "bananas"\n  stepwell --help lists them\n',
  });
});

test("the beginning of a command says how it goes on", async () => {
  expect(await stepwell(["new", "--help"])).toMatchObject({ code: 0, stdout: "stepwell new function --help\n" });
  expect(await stepwell(["new"])).toMatchObject({
    code: 2,
    stderr: 'error: "new" is not the whole of a command\n  stepwell new function --help\n',
  });
});

test.each([
  [["--help"]],
  [["dev", "--help"]],
  [["start", "-h"]],
  [["send", "--help"]],
  [["runs", "list", "--help"]],
  [["runs", "show", "-h"]],
  [["runs", "cancel", "-h"]],
  [["keys", "list", "--help"]],
  [["keys", "create", "-h"]],
  [["keys", "revoke", "-h"]],
  [["doctor", "-h"]],
  [["version", "--help"]],
])("%j prints help with two examples at least", async (args) => {
  const { code, stdout, stderr } = await stepwell(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const examples = /\nExamples\n((?: {2}.*\n)+)/.exec(stdout)?.[1] ?? "";
  expect(examples.trim().split("\n").length).toBeGreaterThanOrEqual(2);
});

test("help shows the effective defaults", async () => {
  const { stdout } = await stepwell(["start", "--help"]);
  expect(stdout).toMatch(/--retention-failed <duration> .*\(default: 90d\)/);
});

test("the version is the package's", async () => {
  expect(await stepwell(["--version"])).toMatchObject({ code: 0, stdout: "0.1.0\n", stderr: "" });
  expect(await stepwell(["version", "--server", "localhost:1"])).toMatchObject({
    code: 0,
    stdout: "0.1.0\n",
    stderr: expect.stringContaining("cannot reach the Stepwell server at http://localhost:1"),
  });
});

test.each([
  [
    "v12.22.0",
    "12.22.0",
    { typescript: "strip" },
    /Node 22\.20 or later, and of 24 24\.7 or later, and this is Node 12\.22\.0 \(node_too_old\)/,
  ],
  ["v22.19.0", "22.19.0", { typescript: "strip" }, /Node 22\.20 or later/],
  ["v23.11.0", "23.11.0", { typescript: "strip" }, /Node 22\.20 or later/],
  ["v24.6.0", "24.6.0", { typescript: "strip" }, /24\.7 or later/],
  [
    "v22.20.0, which is told not to run TypeScript",
    "22.20.0",
    { typescript: false },
    /a Node that runs TypeScript, to run from its sources/,
  ],
])("Node %s is refused before anything is loaded", async (_, version, features, message) => {
  const folder = temporaryFolder();
  const disguise = join(folder, "old-node.cjs");
  const facts = `versions: { value: { ...process.versions, node: "${version}" } }, features: { value: ${JSON.stringify(features)} }`;
  writeFileSync(disguise, `globalThis.process = Object.create(process, { ${facts} });`);
  const result = await stepwell(["runs", "list"], { nodeFlags: ["--require", disguise] });
  expect(result).toMatchObject({ code: 2, stdout: "" });
  expect(result.stderr).toMatch(message);
  const asJson = await stepwell(["runs", "list", "--json"], { nodeFlags: ["--require", disguise] });
  expect(JSON.parse(asJson.stderr)).toEqual({
    error: { code: "node_too_old", message: expect.stringContaining(version), hint: expect.any(String), exit: 2 },
  });
});
