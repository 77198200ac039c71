import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type CommandResult, type ServerProcess, stepwell, stepwellServer, temporaryFolder } from "./stepwell-process.ts";

const local = ["--host", "127.0.0.1"];

interface FirstStart {
  readonly server: ServerProcess;
  readonly file: string;
  readonly signingKey: string;
  readonly eventKey: string;
  readonly password: string;
  /** Runs a command against the server, with its signing key. */
  run(...args: readonly string[]): Promise<CommandResult>;
  stop(): Promise<CommandResult>;
}

/** A production server that is started for the first time, and the keys it printed. */
async function firstStart(): Promise<FirstStart> {
  const folder = temporaryFolder();
  const server = await stepwellServer("start", local, { cwd: folder });
  const said = await server.said(/stepwell keys password makes/);
  const keyOf = (kind: string): string => new RegExp(`INNGEST_${kind}_KEY=(\\S+)`).exec(said)?.[1] ?? "";
  const signingKey = keyOf("SIGNING");
  return {
    server,
    file: join(folder, ".stepwell/main.db"),
    signingKey,
    eventKey: keyOf("EVENT"),
    password: /shown this once:\n\n {2}([\w-]{20})\n/.exec(said)?.[1] ?? "",
    run: (...args) => stepwell(args, { env: { STEPWELL_SERVER_URL: server.url, STEPWELL_API_KEY: signingKey } }),
    stop() {
      server.kill("SIGTERM");
      return server.ended;
    },
  };
}

async function send(url: string, key: string): Promise<number> {
  return (await fetch(`${url}/e/${key}`, { method: "POST", body: '{"name":"a/b"}' })).status;
}

test("a first start makes keys, keeps them where only its user reads, prints them once and asks for them", async () => {
  const { server, file, signingKey, eventKey, stop } = await firstStart();
  expect(signingKey).toMatch(/^signkey-prod-[0-9a-f]{64}$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(file, "..")).mode & 0o777).toBe(0o700);
  expect([await send(server.url, eventKey), await send(server.url, "another")]).toEqual([200, 401]);
  const list = (key: string) => fetch(`${server.url}/api/v1/runs`, { headers: { authorization: `Bearer ${key}` } });
  expect([(await list(signingKey)).status, (await list("00ff")).status]).toEqual([200, 401]);
  expect((await stop()).stdout).not.toContain(eventKey);
  const again = await stepwellServer("start", local, { cwd: server.folder });
  expect(await send(again.url, eventKey)).toBe(200);
  again.kill("SIGTERM");
  expect((await again.ended).stderr).toBe("");
});

test("a database that others could read is theirs no longer once keys are in it", async () => {
  const folder = temporaryFolder();
  const given = { STEPWELL_SIGNING_KEY: "00ff", STEPWELL_EVENT_KEY: "k" };
  const before = await stepwellServer("start", local, { cwd: folder, env: given });
  before.kill("SIGTERM");
  expect((await before.ended).stderr).toMatch(/^\nA password for people was made.*\n\n {2}\S{20}\n\nstepwell keys password.*\n\n$/);
  const file = join(folder, ".stepwell/main.db");
  chmodSync(file, 0o644);
  const after = await stepwellServer("start", local, { cwd: folder, env: { STEPWELL_SIGNING_KEY: "00ff" } });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  after.kill("SIGTERM");
  expect((await after.ended).stderr).toMatch(/^\n?Keys were made.*\n\n {2}INNGEST_EVENT_KEY=\S+\n\nApps/);
});

test("a folder that cannot be written is refused with what to do, and nothing is made", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "taken"), "");
  const result = await stepwell(["start", ...local, "--sqlite-dir", "taken/data", "--port", "0"], { cwd: folder });
  expect(result).toMatchObject({ code: 1, stdout: "" });
  expect(result.stderr).toMatch(/^error: .*taken\/data\/main\.db cannot be written: .*\n {2}.*--sqlite-dir <folder> or --db <file>,/);
  expect(result.stderr).not.toMatch(/KEY=/);
  mkdirSync(join(folder, "is-a-folder.db"));
  expect((await stepwell(["start", ...local, "--db", "is-a-folder.db"], { cwd: folder })).stderr).toContain("cannot be written");
});

test("a first start makes a password, keeps no more than its hash and prints it once; keys password makes another", async () => {
  const { server, file, password, run, stop } = await firstStart();
  const signIn = async (url: string, text: string) =>
    (await fetch(`${url}/api/v1/sign-in`, { method: "POST", body: JSON.stringify({ password: text }) })).status;
  expect(await signIn(server.url, password)).toBe(200);
  const next = await run("keys", "password");
  expect(next).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[\w-]{20}\n$/), stderr: expect.stringContaining("signed out") });
  expect([await signIn(server.url, password), await signIn(server.url, next.stdout.trim())]).toEqual([401, 200]);
  expect((await stop()).stdout).not.toContain(password);
  const third = JSON.parse((await stepwell(["keys", "password", "--db", file, "--json"])).stdout).password;
  const again = await stepwellServer("start", local, { cwd: server.folder });
  expect([await signIn(again.url, next.stdout.trim()), await signIn(again.url, third)]).toEqual([401, 200]);
  again.kill("SIGTERM");
  expect((await again.ended).stderr).toBe("");
  expect(await stepwell(["keys", "password", "mine"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("nobody chooses a weak one"),
  });
});

test("AC-CLI-11: a new key is alone on stdout, works at once, and never again after it was revoked", async () => {
  const { server, run, stop } = await firstStart();
  const made = await run("keys", "create", "event", "--name", "checkout");
  expect(made).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^[0-9a-f]{32}\n$/),
    stderr: expect.stringContaining("shown this once"),
  });
  const key = made.stdout.trim();
  expect(await send(server.url, key)).toBe(200);
  const { data } = JSON.parse((await run("keys", "list", "--json")).stdout);
  const { id } = data.find(({ name }: { readonly name: string }) => name === "checkout");
  const table = await run("keys");
  expect(table.stdout).toContain(`${id}\tevent\t…${key.slice(-4)}\tactive\tdatabase`);
  expect(table.stdout).not.toContain(key);
  expect(await run("keys", "revoke", id.slice(0, 8))).toMatchObject({ code: 0, stdout: expect.stringContaining(id) });
  expect(await send(server.url, key)).toBe(401);
  await stop();
  const again = await stepwellServer("start", local, { cwd: server.folder });
  expect(await send(again.url, key)).toBe(401);
  again.kill("SIGTERM");
  await again.ended;
  const given = await stepwell(["start", ...local, "--port", "0"], { cwd: server.folder, env: { STEPWELL_EVENT_KEY: key } });
  expect(given).toMatchObject({ code: 2, stderr: expect.stringContaining("was revoked") });
});

test("what cannot be done to a key has its exit code and its advice", async () => {
  const { run, eventKey, file } = await firstStart();
  const { data } = JSON.parse((await run("keys", "list", "--json")).stdout);
  const event = data.find(({ kind }: { readonly kind: string }) => kind === "event");
  expect(eventKey.endsWith(event.endsIn)).toBe(true);
  for (const [args, code, message] of [
    [["revoke", event.id], 5, /only event key[\s\S]*stepwell keys create/],
    [["revoke", "zzzz"], 3, /no key has an id/],
    [["revoke"], 2, /needs one id/],
    [["create"], 2, /event or signing/],
    [["create", "password"], 2, /event or signing/],
    [["list", "--api-key", "00ff"], 4, /no valid key/],
    [["list", "--db", file], 5, /in use by process/],
    [["list", "--db", `${file}x`], 3, /there is no database/],
  ] as const)
    expect(await run("keys", ...args), args.join(" ")).toMatchObject({ code, stdout: "", stderr: expect.stringMatching(message) });
  expect(existsSync(`${file}x`)).toBe(false);
});

test("the keys of a stopped server are listed, made and revoked in its database", async () => {
  const { server, file, eventKey, stop } = await firstStart();
  await stop();
  const made = await stepwell(["keys", "create", "event", "--db", file, "--json"]);
  const { key, id } = JSON.parse(made.stdout);
  const { data } = JSON.parse((await stepwell(["keys", "list", "--db", file, "--json"])).stdout);
  expect(data).toMatchObject([{ kind: "signing", state: "signs" }, { kind: "event" }, { id }]);
  expect(await stepwell(["keys", "revoke", data[1].id, "--db", file])).toMatchObject({ code: 0 });
  const again = await stepwellServer("start", local, { cwd: server.folder });
  expect([await send(again.url, key), await send(again.url, eventKey)]).toEqual([200, 401]);
});

test("a signing key is rotated: both open the server during the overlap, and --now ends it", async () => {
  const { server, signingKey, run } = await firstStart();
  const rotated = await run("keys", "rotate", "signing", "--overlap", "1h");
  expect(rotated).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^signkey-prod-[0-9a-f]{64}\n$/),
    stderr: expect.stringContaining("INNGEST_SIGNING_KEY_FALLBACK"),
  });
  const next = rotated.stdout.trim();
  const opens = async (key: string) =>
    (await fetch(`${server.url}/api/v1/keys`, { headers: { authorization: `Bearer ${key}` } })).status === 200;
  expect([await opens(signingKey), await opens(next)]).toEqual([true, true]);
  expect((await run("keys", "list")).stdout).toMatch(/\tsigns, ends 20\S+Z\t/);
  expect(await run("keys", "rotate", "signing")).toMatchObject({
    code: 5,
    stderr: expect.stringMatching(/was replaced[\s\S]*no app[\s\S]*--now/),
  });
  expect(await run("keys", "rotate", "signing", "--now")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("ended the signing key"),
  });
  expect([await opens(signingKey), await opens(next)]).toEqual([false, true]);
  for (const args of [["rotate"], ["rotate", "signing", "--now", "--overlap", "1h"], ["rotate", "signing", "--overlap", "91d"]])
    expect(await run("keys", ...args), args.join(" ")).toMatchObject({ code: 2 });
});

test("the keys of a stopped server are rotated in its database", async () => {
  const { server, file, eventKey, stop } = await firstStart();
  await stop();
  const { data } = JSON.parse((await stepwell(["keys", "list", "--db", file, "--json"])).stdout);
  const { id } = data.find(({ kind }: { readonly kind: string }) => kind === "event");
  const { key, replaced } = JSON.parse((await stepwell(["keys", "rotate", id.slice(0, 9), "--db", file, "--json"])).stdout);
  expect(replaced).toMatchObject({ id, state: "active", endsAt: expect.any(String) });
  const again = await stepwellServer("start", local, { cwd: server.folder });
  expect([await send(again.url, key), await send(again.url, eventKey)]).toEqual([200, 200]);
});

test("--print makes a key and keeps it nowhere", async () => {
  for (const [kind, form] of [
    ["event", /^[0-9a-f]{32}\n$/],
    ["signing", /^signkey-prod-[0-9a-f]{64}\n$/],
  ] as const)
    expect(await stepwell(["keys", "create", kind, "--print"])).toMatchObject({ code: 0, stdout: expect.stringMatching(form) });
});

test("a dev server makes no keys, unless it is told to ask for them", async () => {
  const open = await stepwellServer("dev", ["--no-discovery"]);
  expect(await stepwell(["keys", "create", "event", "--server", open.url])).toMatchObject({
    code: 5,
    stderr: expect.stringContaining("--keys"),
  });
  const asking = await stepwellServer("dev", ["--no-discovery", "--keys"]);
  await asking.said(/INNGEST_EVENT_KEY=/);
  expect(await send(asking.url, "any")).toBe(401);
});
