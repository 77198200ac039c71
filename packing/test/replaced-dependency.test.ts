// Meridian, which can run on `inngest` 3 and 4, with `stepwell` installed under their names and nothing else changed; the
// server is the packed one as well.

import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository } from "../src/source-manifest.ts";
import { InstalledApp } from "./installed-app.ts";
import { StartedProgram } from "./started-program.ts";

interface Run {
  readonly status: string;
  readonly function: { readonly slug: string };
}

const source = mkdtempSync(join(tmpdir(), "stepwell-meridian-"));
let app: InstalledApp;
beforeAll(async () => {
  const meridian = join(repository, "examples/meridian");
  cpSync(meridian, source, {
    recursive: true,
    filter: (path) => !/[\\/](?:node_modules|test|\.data)(?:[\\/]|$)/.test(path.slice(meridian.length)),
  });
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(meridian, "package.json"), "utf8"));
  const { stepwell: _, inngest: __, "inngest-v4": ___, ...registry } = { ...dependencies, ...devDependencies };
  const aliases = { inngest: "stepwell", "inngest-v4": "stepwell" };
  app = await InstalledApp.install({ files: [source], packages: ["@stepwell/cli"], registry, aliases, type: "commonjs" });
});
afterAll(() => {
  app[Symbol.dispose]();
  rmSync(source, { recursive: true, force: true });
});

test.each(["3", "4"])("written for inngest@%s, it runs on ours", async (version) => {
  const program = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    new StartedProgram({ args, cwd: app.folder, env });
  using mails = program(["mail-catcher.js"], { SMTP_PORT: "0", MAIL_HTTP_PORT: "0" });
  using server = program([
    "node_modules/@stepwell/cli/bin/stepwell.js",
    "dev",
    "--memory",
    "--port",
    "0",
    "--no-discovery",
    "--log",
    "json",
  ]);
  const url = await server.says(/"event":"server\.ready"[^\n]*"url":"([^"]+)"/);
  const smtp = await mails.says(/smtp:\/\/localhost:\d+/);
  using meridian = program(["server.js"], {
    PORT: "0",
    MERIDIAN_SDK: version,
    MERIDIAN_DB: `${version}.db`,
    INNGEST_DEV: url,
    SMTP_URL: smtp,
  });
  const origin = await meridian.says(/http:\/\/localhost:\d+/);
  const post = async (address: string, body: object) => {
    const response = await fetch(address, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    expect(response.ok).toBe(true);
  };
  await post(`${url}/api/v1/apps/sync`, { url: `${origin}/api/inngest` });
  expect(await rows(`${url}/api/v1/apps`)).toMatchObject([{ sdk: expect.stringMatching(/^stepwell-js:v/) }]);
  expect(await rows(`${url}/api/v1/functions`)).toHaveLength(5);

  await post(`${origin}/api/auth/register`, { email: "ada@campus.example", username: "ada", name: "Ada", school: "Campus" });
  const statusOf = (slug: string) => async () =>
    (await rows<Run>(`${url}/api/v1/runs`)).filter((run) => run.function.slug === slug).map(({ status }) => status);
  await expect.poll(statusOf("meridian-send-welcome-email"), { timeout: 20_000 }).toEqual(["completed"]);
  expect(await mails.says(/mail to (.+)/)).toBe("ada@campus.example: Welcome to Meridian, Ada!");
});

async function rows<Row>(address: string): Promise<readonly Row[]> {
  return ((await (await fetch(address)).json()) as { readonly data: readonly Row[] }).data;
}
