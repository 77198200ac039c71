import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { exitCodes } from "./exit-codes.ts";
import { chaosRateDefault } from "./flag-table.ts";
import { readFlags } from "./read-flags.ts";

interface Setup {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Content of stepwell.json. */
  readonly config?: unknown;
  /** Content of more files, by their paths from the folder. */
  readonly files?: Readonly<Record<string, string>>;
  readonly command?: "dev" | "start";
}

function read({ args = [], env = {}, config, files = {}, command = "dev" }: Setup) {
  const root = mkdtempSync(join(tmpdir(), "stepwell-flags-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  if (config !== undefined) writeFileSync(join(root, "stepwell.json"), typeof config === "string" ? config : JSON.stringify(config));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return readFlags(command, { args, env: { HOME: join(root, "home"), ...env }, cwd: root });
}

const usage = (message: RegExp) => expect.objectContaining({ exitCode: exitCodes.usage, message: expect.stringMatching(message) });

test("nothing given means nothing set and nothing to say", async () => {
  const settings = await read({});
  expect([...settings.values]).toEqual([]);
  expect(settings.notices).toEqual([]);
});

test("a flag wins over our environment, that over the reference's, and that over the file", async () => {
  const config = { port: 1 };
  const reference = { INNGEST_PORT: "2" };
  const ours = { ...reference, STEPWELL_PORT: "3" };
  expect((await read({ config })).values.get("port")).toBe(1);
  expect((await read({ config, env: reference })).values.get("port")).toBe(2);
  expect((await read({ config, env: ours })).values.get("port")).toBe(3);
  expect((await read({ config, env: ours, args: ["--port", "4"] })).values.get("port")).toBe(4);
});

test("an empty variable counts as none", async () => {
  expect((await read({ env: { STEPWELL_PORT: "", INNGEST_PORT: "2" } })).values.get("port")).toBe(2);
});

test("an address of an app is the same in every place and under both names", async () => {
  const url = "localhost:3000/api/inngest";
  for (const setup of [
    { args: ["-u", url] },
    { args: ["--sdk-url", url] },
    { args: [`--sdk-url=${url}`] },
    { args: ["--app-url", url] },
    { env: { STEPWELL_SDK_URL: url } },
    { env: { STEPWELL_APP_URL: url } },
    { env: { INNGEST_SDK_URL: url } },
    { config: { "sdk-url": [url] } },
    { config: { "app-url": url } },
    { config: { dev: { "sdk-url": [url] } } },
    { config: { "sdk-url": ["other"], dev: { "app-url": [url] } } },
  ])
    expect((await read(setup)).values.get("sdk-url"), JSON.stringify(setup)).toEqual([url]);
});

test("a list is gathered from its flags, and the flags replace the environment's", async () => {
  expect((await read({ args: ["-u", "a", "-u", "b,c"], env: { STEPWELL_SDK_URL: "z" } })).values.get("sdk-url")).toEqual(["a", "b", "c"]);
});

test("a switch can be turned off by its value", async () => {
  expect((await read({ args: ["--no-discovery"] })).values.get("no-discovery")).toBe(true);
  expect((await read({ args: ["--no-discovery=false"], config: { "no-discovery": true } })).values.get("no-discovery")).toBe(false);
});

test("the section of another command is not read", async () => {
  expect((await read({ config: { start: { port: 1 } } })).values.has("port")).toBe(false);
});

test("the keys of production in the environment do not lock a dev server", async () => {
  const env = { INNGEST_SIGNING_KEY: "signkey-prod-abcd", STEPWELL_EVENT_KEY: "e" };
  expect([...(await read({ env })).values]).toEqual([]);
  expect((await read({ env, command: "start" })).values.get("signing-key")).toEqual(["signkey-prod-abcd"]);
});

test("a flag without effect is accepted with a line that says why", async () => {
  expect((await read({ args: ["--tick", "150", "--persist"] })).notices).toEqual([
    expect.stringMatching(/^--persist has no effect: /),
    expect.stringMatching(/^--tick has no effect: /),
  ]);
});

test("so is a variable, unless SDKs use its name for themselves", async () => {
  expect((await read({ command: "start", env: { INNGEST_REDIS_URI: "redis://h" } })).notices).toEqual([
    expect.stringMatching(/^--redis-uri has no effect: /),
  ]);
  expect(await read({ env: { INNGEST_LOG_LEVEL: "debug" } })).toEqual({ values: new Map(), notices: [], command: [], functions: {} });
});

test("a mistyped flag is refused with the nearest one", async () => {
  await expect(read({ args: ["--prot", "1"] })).rejects.toThrow(usage(/no flag --prot; did you mean --port\?/));
  await expect(read({ args: ["--no-discovery"], command: "start" })).rejects.toThrow(usage(/start has no flag --no-discovery/));
});

test("a flag without its value, and a stray word are refused", async () => {
  await expect(read({ args: ["--port"] })).rejects.toThrow(usage(/--port needs a value/));
  await expect(read({ args: ["server.js"] })).rejects.toThrow(usage(/"server.js" is none/));
});

test("a value of the wrong type in the file is refused with its place", async () => {
  await expect(read({ config: { port: true } })).rejects.toThrow(usage(/^"port" in .*stepwell\.json is a whole number/));
  await expect(read({ config: { port: 99_999 } })).rejects.toThrow(usage(/up to 65535/));
  await expect(read({ config: { "sdk-url": { a: 1 } } })).rejects.toThrow(usage(/of the wrong type/));
});

test("an unknown key of the file is a notice with the nearest known one", async () => {
  const { notices } = await read({ config: { $schema: "x", prot: 1, dev: { hots: "h" } } });
  expect(notices).toEqual([expect.stringMatching(/"prot".*did you mean "port"/), expect.stringMatching(/"hots".*did you mean "host"/)]);
});

test("a broken file that was only found is passed over; one that was named is refused", async () => {
  expect((await read({ config: "{" })).notices).toEqual([expect.stringMatching(/stepwell\.json was passed over: /)]);
  await expect(read({ config: "{", args: ["--config", "stepwell.json"] })).rejects.toThrow(
    usage(/configuration file stepwell\.json cannot be used/),
  );
  await expect(read({ args: ["--config", "absent.json"] })).rejects.toThrow(usage(/absent\.json/));
  await expect(read({ env: { STEPWELL_CONFIG: "absent.json" } })).rejects.toThrow(usage(/absent\.json/));
});

test.each([
  ["stepwell.json", '{ "port": 7, "dev": { "sdk-url": ["a", "b"], "no-discovery": true } }'],
  ["stepwell.yaml", "port: 7\ndev:\n  sdk-url: [a, b]\n  no-discovery: true\n"],
  ["stepwell.yml", "port: 7\ndev:\n  sdk-url:\n    - a\n    - b\n  no-discovery: on\n"],
  ["inngest.json", '{ "port": 7, "sdk-url": "a,b", "no-discovery": true }'],
  ["inngest.yaml", "# flat, as the reference has it\nport: 7\nsdk-url: a,b\nno-discovery: true\n"],
])("%s is read, flat and nested", async (name, text) => {
  const { values, notices } = await read({ files: { [name]: text } });
  expect(Object.fromEntries(values)).toEqual({ port: 7, "sdk-url": ["a", "b"], "no-discovery": true });
  expect(notices).toEqual([]);
});

test("a key of digits keeps its zeros in YAML", async () => {
  const { values } = await read({ command: "start", files: { "stepwell.yaml": "event-key: 0012\nsigning-key:\n  - 0034\ngrace:\n" } });
  expect(Object.fromEntries(values)).toEqual({ "event-key": ["0012"], "signing-key": ["0034"] });
});

test("the nearest folder wins, in it our name, and the user's own folder comes last", async () => {
  const root = mkdtempSync(join(tmpdir(), "stepwell-flags-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const cwd = join(root, "src", "app");
  const home = join(root, "home");
  const portOf = async (): Promise<unknown> => (await readFlags("dev", { args: [], env: { HOME: home }, cwd })).values.get("port");
  for (const folder of [cwd, join(home, ".config", "inngest"), join(home, ".config", "stepwell")]) mkdirSync(folder, { recursive: true });
  expect(await portOf()).toBeUndefined();
  const steps = [
    ["home/.config/inngest/inngest.yml", 1],
    ["home/.config/stepwell/stepwell.json", 2],
    ["inngest.yml", 3],
    ["src/inngest.json", 4],
    ["src/stepwell.yml", 5],
    ["src/stepwell.yaml", 6],
    ["src/app/inngest.yaml", 7],
  ] as const;
  for (const [path, port] of steps) {
    writeFileSync(join(root, path), path.endsWith("json") ? JSON.stringify({ port }) : `port: ${port}`);
    expect(await portOf(), path).toBe(port);
  }
});

test("a broken YAML file that was only found is passed over; one that was named is refused, whatever its ending", async () => {
  const files = { "inngest.yml": "port: [1", "other.conf": "port: [1", "good.conf": "port: 9" };
  expect((await read({ files })).notices).toEqual([expect.stringMatching(/inngest\.yml was passed over: /)]);
  await expect(read({ files, args: ["--config", "other.conf"] })).rejects.toThrow(usage(/configuration file other\.conf cannot be used/));
  expect((await read({ files, env: { INNGEST_CONFIG: "good.conf" } })).values.get("port")).toBe(9);
});

test("a secret may stand in a file that the environment names; of several keys each has a line", async () => {
  const files = { "keys.txt": "abcd\n1234\n", "port.txt": "9" };
  const env = { STEPWELL_SIGNING_KEY_FILE: "keys.txt", STEPWELL_PORT_FILE: "port.txt" };
  expect(Object.fromEntries((await read({ command: "start", files, env })).values)).toEqual({ "signing-key": ["abcd", "1234"] });
  await expect(read({ command: "start", env })).rejects.toThrow(usage(/^STEPWELL_SIGNING_KEY_FILE names a file that cannot be read/));
});

test("what stands behind -- is a command of the user's, flags included", async () => {
  const { values, command } = await read({ args: ["--port", "1", "--", "npm", "run", "dev", "--", "--port", "2"] });
  expect([values.get("port"), command]).toEqual([1, ["npm", "run", "dev", "--", "--port", "2"]]);
  await expect(read({ args: ["--"] })).rejects.toThrow(usage(/the command that starts the app/));
});

test("chaos may be given without a rate, and with one behind it or beside it", async () => {
  const chaos = async (setup: Setup) => (await read(setup)).values.get("chaos");
  expect(await chaos({ args: ["--chaos"] })).toBe(chaosRateDefault);
  expect(await chaos({ args: ["--chaos", "--json"] })).toBe(chaosRateDefault);
  expect(await chaos({ args: ["--chaos=0.5"] })).toBe(0.5);
  expect(await chaos({ args: ["--chaos", "1"] })).toBe(1);
  expect(await chaos({ args: ["--chaos=off"], env: { STEPWELL_CHAOS: "0.3" } })).toBe(0);
  expect(await chaos({ env: { STEPWELL_CHAOS: "true" } })).toBe(chaosRateDefault);
  expect(await chaos({ config: { dev: { chaos: 0.05 } } })).toBe(0.05);
  expect(await chaos({ config: { chaos: true } })).toBe(chaosRateDefault);
});

test.each(["1.5", "-0.1", "often", "0x1", "1e-1", "NaN"])("a rate of chaos that is none is refused: %s", async (rate) => {
  await expect(read({ args: [`--chaos=${rate}`] })).rejects.toThrow(usage(/^--chaos is a number from 0 to 1, and/));
  await expect(read({ env: { STEPWELL_CHAOS: rate } })).rejects.toThrow(usage(/^STEPWELL_CHAOS is a number from 0 to 1, and/));
});

test("start refuses chaos wherever it stands, and takes what turns it off", async () => {
  const command = "start";
  await expect(read({ command, args: ["--chaos"] })).rejects.toThrow(usage(/^start refuses --chaos: .*production must not/));
  await expect(read({ command, args: ["--chaos=0.1"] })).rejects.toThrow(usage(/^start refuses --chaos: /));
  await expect(read({ command, env: { STEPWELL_CHAOS: "0.1" } })).rejects.toThrow(usage(/^start refuses STEPWELL_CHAOS: /));
  await expect(read({ command, config: { chaos: true } })).rejects.toThrow(usage(/^start refuses "chaos" in .*stepwell\.json: /));
  await expect(read({ command, config: { start: { chaos: 0.2 } } })).rejects.toThrow(usage(/^start refuses "chaos" in /));
  const off = { env: { STEPWELL_CHAOS: "0" }, config: { chaos: false, dev: { chaos: 0.2 } } };
  expect((await read({ command, ...off })).values.has("chaos")).toBe(false);
});
