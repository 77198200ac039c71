import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { exitCodes } from "./exit-codes.ts";
import { readFlags } from "./read-flags.ts";

interface Setup {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Content of stepwell.json. */
  readonly config?: unknown;
  readonly command?: "dev" | "start";
}

function read({ args = [], env = {}, config, command = "dev" }: Setup) {
  const cwd = mkdtempSync(join(tmpdir(), "stepwell-flags-"));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  if (config !== undefined) writeFileSync(join(cwd, "stepwell.json"), typeof config === "string" ? config : JSON.stringify(config));
  return readFlags(command, { args, env, cwd });
}

const usage = (message: RegExp) => expect.objectContaining({ exitCode: exitCodes.usage, message: expect.stringMatching(message) });

test("nothing given means nothing set and nothing to say", () => {
  const settings = read({});
  expect([...settings.values]).toEqual([]);
  expect(settings.notices).toEqual([]);
});

test("a flag wins over our environment, that over the reference's, and that over the file", () => {
  const config = { port: 1 };
  const reference = { INNGEST_PORT: "2" };
  const ours = { ...reference, STEPWELL_PORT: "3" };
  expect(read({ config }).values.get("port")).toBe(1);
  expect(read({ config, env: reference }).values.get("port")).toBe(2);
  expect(read({ config, env: ours }).values.get("port")).toBe(3);
  expect(read({ config, env: ours, args: ["--port", "4"] }).values.get("port")).toBe(4);
});

test("an empty variable counts as none", () => {
  expect(read({ env: { STEPWELL_PORT: "", INNGEST_PORT: "2" } }).values.get("port")).toBe(2);
});

test("an address of an app is the same in every place and under both names", () => {
  const url = "localhost:3000/api/inngest";
  for (const setup of [
    { args: ["-u", url] },
    { args: ["--sdk-url", url] },
    { args: [`--sdk-url=${url}`] },
    { args: ["--app-url", url] },
    { env: { STEPWELL_SDK_URL: url } },
    { env: { INNGEST_SDK_URL: url } },
    { config: { "sdk-url": [url] } },
    { config: { "app-url": url } },
    { config: { dev: { "sdk-url": [url] } } },
    { config: { "sdk-url": ["other"], dev: { "app-url": [url] } } },
  ])
    expect(read(setup).values.get("sdk-url"), JSON.stringify(setup)).toEqual([url]);
});

test("a list is gathered from its flags, and the flags replace the environment's", () => {
  expect(read({ args: ["-u", "a", "-u", "b,c"], env: { STEPWELL_SDK_URL: "z" } }).values.get("sdk-url")).toEqual(["a", "b", "c"]);
});

test("a switch can be turned off by its value", () => {
  expect(read({ args: ["--no-discovery"] }).values.get("no-discovery")).toBe(true);
  expect(read({ args: ["--no-discovery=false"], config: { "no-discovery": true } }).values.get("no-discovery")).toBe(false);
});

test("the section of another command is not read", () => {
  expect(read({ config: { start: { port: 1 } } }).values.has("port")).toBe(false);
});

test("the keys of production in the environment do not lock a dev server", () => {
  const env = { INNGEST_SIGNING_KEY: "signkey-prod-abcd", STEPWELL_EVENT_KEY: "e" };
  expect([...read({ env }).values]).toEqual([]);
  expect(read({ env, command: "start" }).values.get("signing-key")).toEqual(["signkey-prod-abcd"]);
});

test("a flag without effect is accepted with a line that says why", () => {
  expect(read({ args: ["--tick", "150", "--persist"] }).notices).toEqual([
    expect.stringMatching(/^--persist has no effect: /),
    expect.stringMatching(/^--tick has no effect: /),
  ]);
});

test("a variable without effect is passed over in silence: SDKs use some of the names for themselves", () => {
  expect(read({ env: { INNGEST_LOG_LEVEL: "debug" } })).toEqual({ values: new Map(), notices: [] });
});

test("a mistyped flag is refused with the nearest one", () => {
  expect(() => read({ args: ["--prot", "1"] })).toThrow(usage(/no flag --prot; did you mean --port\?/));
  expect(() => read({ args: ["--no-discovery"], command: "start" })).toThrow(usage(/start has no flag --no-discovery/));
});

test("a flag without its value, a stray word and a command behind -- are refused", () => {
  expect(() => read({ args: ["--port"] })).toThrow(usage(/--port needs a value/));
  expect(() => read({ args: ["server.js"] })).toThrow(usage(/"server.js" is none/));
  expect(() => read({ args: ["--", "node", "app.js"] })).toThrow(usage(/does not run a command/));
});

test("a value of the wrong type in the file is refused with its place", () => {
  expect(() => read({ config: { port: true } })).toThrow(usage(/^"port" in .*stepwell\.json is a whole number/));
  expect(() => read({ config: { port: 99_999 } })).toThrow(usage(/up to 65535/));
  expect(() => read({ config: { "sdk-url": { a: 1 } } })).toThrow(usage(/of the wrong type/));
});

test("an unknown key of the file is a notice with the nearest known one", () => {
  const { notices } = read({ config: { $schema: "x", prot: 1, dev: { hots: "h" } } });
  expect(notices).toEqual([expect.stringMatching(/"prot".*did you mean "port"/), expect.stringMatching(/"hots".*did you mean "host"/)]);
});

test("a broken file that was only found is passed over; one that was named is refused", () => {
  expect(read({ config: "{" }).notices).toEqual([expect.stringMatching(/stepwell\.json was passed over: /)]);
  expect(() => read({ config: "{", args: ["--config", "stepwell.json"] })).toThrow(
    usage(/configuration file stepwell\.json cannot be used/),
  );
  expect(() => read({ args: ["--config", "absent.json"] })).toThrow(usage(/absent\.json/));
  expect(() => read({ env: { STEPWELL_CONFIG: "absent.json" } })).toThrow(usage(/absent\.json/));
});

test("the file is found from a folder below, and a YAML file is named instead of being ignored", () => {
  const root = mkdtempSync(join(tmpdir(), "stepwell-flags-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const cwd = join(root, "src", "app");
  mkdirSync(cwd, { recursive: true });
  writeFileSync(join(root, "inngest.json"), JSON.stringify({ port: 7 }));
  writeFileSync(join(root, "src", "stepwell.yaml"), "port: 8");
  const settings = readFlags("dev", { args: [], env: {}, cwd });
  expect(settings.values.get("port")).toBe(7);
  expect(settings.notices).toEqual([expect.stringMatching(/stepwell\.yaml was passed over: configuration files are JSON/)]);
});
