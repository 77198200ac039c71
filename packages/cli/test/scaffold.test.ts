// `stepwell init` and `stepwell new function`, in projects as people have them: what they write is type-checked and run.

import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  compiler,
  expressCommonJs,
  expressLateRequire,
  expressModules,
  expressTypeScript,
  nextPages,
  nextTypeScript,
  project,
  type ScaffoldProject,
} from "./scaffold-project.ts";
import { stepwell, stepwellServer } from "./stepwell-process.ts";

// Compilers, servers and apps share the processor with all other tests.
vi.setConfig({ testTimeout: 180_000 });

const run = promisify(execFile);
const templates = ["event", "cron", "fan-out", "drip", "approval", "batch"] as const;

async function written(folder: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await stepwell(args, { cwd: folder });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return stdout;
}

function node(...args: readonly string[]): Promise<{ readonly stdout: string }> {
  return run(process.execPath, [...args]);
}

/** The functions that the app at an entry serves, once the server has found it. */
async function servedFunctions({ folder }: ScaffoldProject, entry: string): Promise<readonly string[]> {
  const server = await stepwellServer("dev", ["--no-discovery"]);
  const port = await freePort();
  const app = spawn(process.execPath, [join(folder, entry)], {
    env: { PATH: process.env["PATH"] ?? "", PORT: String(port), STEPWELL_DEV: server.url },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void app.kill("SIGKILL"));
  await new Promise((resolve) => app.stdout.once("data", resolve));
  const url = `http://127.0.0.1:${port}/api/stepwell`;
  await fetch(`${server.url}/api/v1/apps/sync`, { method: "POST", body: JSON.stringify({ url }) });
  // A body larger than what the app itself takes: a call carries the results of all steps so far.
  const name = "x".repeat(5_000);
  const { data } = (await (await fetch(`${server.url}/api/v1/functions`)).json()) as {
    readonly data: readonly { readonly slug: string }[];
  };
  const slugs = data.map(({ slug }) => slug);
  const hello = slugs.find((slug) => slug.endsWith("-hello-world")) ?? "";
  const invoked = await stepwell(["invoke", hello, JSON.stringify({ name }), "--server", server.url, "--wait", "--json"], { cwd: folder });
  expect(invoked).toMatchObject({ code: 0, stdout: expect.stringContaining(`Hello ${name}`) });
  return slugs;
}

describe("an Express project in TypeScript", () => {
  test("gets client, function and route; with a function of each template it is type-checked, built and run", async () => {
    const shop = project(expressTypeScript);
    expect(await written(shop.folder, "init")).toBe(`  + src/stepwell/client.ts
  + src/stepwell/functions/hello-world.ts
  + src/stepwell/functions/index.ts
  ~ package.json  depends on stepwell and @stepwell/cli
  ~ src/index.ts  serves the functions at /api/stepwell
`);
    expect(shop.read(".gitignore")).toBe("node_modules\n.stepwell/\n");
    expect(JSON.parse(shop.read("package.json"))).toMatchObject({
      dependencies: { express: "5.3.0", stepwell: expect.stringMatching(/^\^\d/) },
      devDependencies: { "@stepwell/cli": expect.stringMatching(/^\^\d/) },
    });
    const nightly = await stepwell(["new", "function", "nightly", "-t", "cron"], { cwd: shop.folder });
    expect(nightly.stderr).toContain("npx stepwell invoke shop-api-nightly\n");
    for (const template of templates) {
      const event = template === "event" ? ["--event", "shop/order.paid"] : [];
      const cron = template === "cron" ? ["--cron", "0 7 * * 1-5"] : [];
      await written(shop.folder, "new", "function", `my-${template}`, "--template", template, ...event, ...cron);
    }
    await node(compiler, "-p", shop.folder);

    const script = fileURLToPath(new URL("run-generated.ts", import.meta.url));
    const { stdout } = await node(script, join(shop.folder, "dist/stepwell/functions/index.js"));
    const runs = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { readonly fn: string }[];
    const of = (name: string) => runs.filter(({ fn }) => fn === `shop-api-${name}`).map(({ fn: _, ...run }) => run);
    expect(of("hello-world")).toEqual([{ status: "completed", output: { greeting: "Hello Ada" } }]);
    expect(of("my-event")).toEqual([{ status: "completed", output: { greeting: "Hello Bob" } }]);
    expect(of("my-fan-out")).toEqual([{ status: "completed", output: { items: 2 } }]);
    expect(of("my-fan-out-item")).toEqual(["a", "b"].map((itemId) => ({ status: "completed", output: { itemId, done: true } })));
    expect(of("my-drip")).toEqual([
      { status: "completed", output: { email: "ada@example.com", isActive: false } },
      { status: "cancelled" },
    ]);
    expect(of("my-approval")).toEqual(
      ["approved", "rejected", "escalated"].map((outcome, index) => ({
        status: "completed",
        output: { requestId: `r-${index + 1}`, outcome },
      })),
    );
    expect(of("my-batch")).toEqual([{ status: "completed", output: { written: 3 } }]);
    // From Sunday midnight until the drip ends, a week later: Monday to Friday, at seven.
    expect(of("my-cron")).toEqual([2, 3, 4, 5, 6].map((day) => ({ status: "completed", output: { day: `2026-03-0${day}`, orders: 0 } })));

    expect(await servedFunctions(shop, "dist/index.js")).toHaveLength(9);
  });
});

describe("an Express project in JavaScript", () => {
  test("of CommonJS gets require and module.exports, before the parser that takes small bodies only", async () => {
    const shop = project(expressCommonJs);
    await written(shop.folder, "init", "--id", "my-shop");
    await written(shop.folder, "new", "function", "onboard", "-t", "drip");
    expect(shop.read("server.js")).toBe(`const express = require("express");
const { join } = require("node:path");
const { serve } = require("stepwell/express");
const { client } = require("./stepwell/client");
const { functions } = require("./stepwell/functions/index");

const app = express()
app.use("/api/stepwell", serve({ client, functions }));
app.use(express.json({ limit: "1kb" }));
app.get("/", (_request, response) => response.send(join("a", "b")));
app.listen(Number(process.env.PORT), () => console.log("listens"));
`);
    expect(await servedFunctions(shop, "server.js")).toEqual(["my-shop-hello-world", "my-shop-onboard"]);
  });

  test("that requires modules behind the making of its application gets the new ones before it", async () => {
    const shop = project(expressLateRequire);
    await written(shop.folder, "init");
    expect(shop.read("app.js")).toContain(`} = require("node:path");
const { serve } = require("stepwell/express");
const { client } = require("./stepwell/client");
const { functions } = require("./stepwell/functions/index");
const app = express();
app.use("/api/stepwell", serve({ client, functions }));
const routes = require("./routes");
`);
    expect(await servedFunctions(shop, "app.js")).toEqual(["shop-hello-world"]);
  });

  test("of modules gets them with their suffixes, wherever its entry is", async () => {
    const shop = project(expressModules);
    await written(shop.folder, "init");
    await written(shop.folder, "new", "function", "importRows", "-t", "batch");
    const cron = await stepwell(["new", "function", "nightly", "-t", "cron", "--dry-run"], { cwd: shop.folder });
    expect(cron.stderr).toBe("Nothing was written.\n");
    expect(shop.read("app/main.mjs")).toContain(`import { client } from "../stepwell/client.js";`);
    expect(shop.read("app/main.mjs")).toContain(`api.use("/api/stepwell", serve({ client, functions }));`);
    expect(await servedFunctions(shop, "app/main.mjs")).toEqual(["shop-hello-world", "shop-import-rows"]);
  });

  test("without a file that makes the application is told which lines to add", async () => {
    const shop = project({ "package.json": { name: "shop", dependencies: { express: "5.3.0" } } });
    const { code, stderr } = await stepwell(["init"], { cwd: shop.folder });
    expect(code).toBe(0);
    expect(stderr).toContain(`const { serve } = require("stepwell/express");`);
    expect(stderr).toContain(`app.use("/api/stepwell", serve({ client, functions }));`);
    expect(stderr).toContain("npx stepwell dev    # and start your app beside it\n");
    const inFolder = project({
      "package.json": { name: "shop", scripts: { start: "node ." }, dependencies: { express: "5.3.0" } },
      "src/app.js": "",
    });
    const told = await stepwell(["init"], { cwd: inFolder.folder });
    expect(told.stderr).toContain("Where you make it (in src/), add\n");
    expect(told.stderr).toContain(`const { client } = require("./stepwell/client");`);
    expect(told.stderr).toContain("npx stepwell dev -- npm start\n");
  });
});

describe("a Next.js project", () => {
  test("with the app router gets a route, which is type-checked and answers", async () => {
    const shop = project(nextTypeScript);
    expect(await written(shop.folder, "init")).toContain("  + src/app/api/stepwell/route.ts\n");
    await written(shop.folder, "new", "function", "approve-order", "-t", "approval");
    await node(compiler, "-p", shop.folder);
    const route = await import(join(shop.folder, "src/app/api/stepwell/route.ts"));
    const response: Response = await route.GET(new Request("http://localhost:3000/api/stepwell"));
    expect({ status: response.status, body: await response.json() }).toMatchObject({ status: 200, body: { function_count: 2 } });
  });

  test("with the pages router gets a page that answers", async () => {
    const shop = project(nextPages);
    expect(await written(shop.folder, "init")).toContain("  + pages/api/stepwell.js\n");
    const { default: page, config } = await import(join(shop.folder, "pages/api/stepwell.js"));
    expect(config).toEqual({ api: { bodyParser: false } });
    const server = createServer((request, response) => void page(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://localhost:${port}/api/stepwell`);
    expect({ status: response.status, body: await response.json() }).toMatchObject({ status: 200, body: { function_count: 1 } });
  });
});

describe("refused, with nothing written", () => {
  test.for([
    ["init", {}, "there is no package.json"],
    ["init", { "package.json": "[1]" }, "is no JSON object"],
    ["init", { "package.json": { dependencies: { koa: "3.0.0" } } }, "depends neither on express nor on next"],
    ["init --framework rails", { "package.json": {} }, 'not "rails"'],
    ["init a b", { "package.json": {} }, "init takes one folder"],
    ["new function", {}, "needs one name"],
    ["new function 7up", {}, '"7up" is no name for a function'],
    ["new function index", {}, '"index" is no name for a function'],
    ["new function a --template dripp", {}, 'did you mean "drip"?'],
    ["new function a", {}, "has no stepwell/functions"],
    ["new function a", { "package.json": {}, "stepwell/functions/index.js": "exports.all = [];" }, 'has no list "const functions'],
  ] as const)("%s with %j: %s", async ([line, files, message]) => {
    const { folder } = project(files);
    const { code, stdout, stderr } = await stepwell(line.split(" "), { cwd: folder });
    expect({ code, stdout, stderr }).toEqual({
      code: line.includes("a") && message.includes("list") ? 1 : 2,
      stdout: "",
      stderr: expect.stringContaining(message),
    });
    expect(existsSync(join(folder, "stepwell/functions/a.js"))).toBe(false);
  });

  test("what is there already: it is named, and everything stays as it was", async () => {
    const shop = project(expressCommonJs);
    await written(shop.folder, "init");
    const before = shop.read("server.js");
    for (const line of ["init", "new function hello-world"]) {
      const { code, stderr } = await stepwell(line.split(" "), { cwd: shop.folder });
      expect({ code, stderr }).toEqual({ code: 5, stderr: expect.stringContaining("stepwell/functions/hello-world.js") });
    }
    expect(shop.read("server.js")).toBe(before);
    expect(shop.read("stepwell/functions/index.js").match(/helloWorld/g)).toHaveLength(2);
  });

  test("a dry run says what would be written, and with --json for programs", async () => {
    const shop = project(expressCommonJs);
    expect(JSON.parse(await written(shop.folder, "init", "--dry-run", "--json"))).toEqual({
      framework: "express",
      written: false,
      files: ["stepwell/client.js", "stepwell/functions/hello-world.js", "stepwell/functions/index.js"],
      edits: ["package.json", "server.js"],
    });
    expect(existsSync(join(shop.folder, "stepwell"))).toBe(false);
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
