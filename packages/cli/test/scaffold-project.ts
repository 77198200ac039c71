// Projects as people have them, for `init` and `new function` to write into.

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "./stepwell-process.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
export const compiler = join(root, "node_modules/typescript/bin/tsc");

export interface ScaffoldProject {
  readonly folder: string;
  read(path: string): string;
}

/** A folder with these files, in which the packages of this repository are installed. */
export function project(files: Readonly<Record<string, string | object>>): ScaffoldProject {
  const folder = temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === "string" ? content : `${JSON.stringify(content, undefined, 2)}\n`);
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  return { folder, read: (path) => readFileSync(join(folder, path), "utf8") };
}

/** The strictest settings that people have. The packages are sources here, which a project that installs them does not see. */
const strict = {
  target: "es2024",
  lib: ["es2024", "dom"],
  types: ["node"],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  skipLibCheck: true,
  preserveSymlinks: true,
};

export const expressTypeScript: Readonly<Record<string, string | object>> = {
  "package.json": { name: "@acme/shop-api", type: "module", scripts: { dev: "node dist/index.js" }, dependencies: { express: "5.3.0" } },
  "tsconfig.json": {
    compilerOptions: { ...strict, module: "nodenext", rewriteRelativeImportExtensions: true, rootDir: "src", outDir: "dist" },
    include: ["src"],
  },
  ".gitignore": "node_modules",
  "src/index.ts": `import express from "express";

const app = express();
app.use(express.json());
app.get("/", (_request, response) => void response.send("hello"));
app.listen(Number(process.env["PORT"]), () => console.log("listens"));
`,
};

export const expressCommonJs: Readonly<Record<string, string | object>> = {
  "package.json": { name: "shop", main: "server.js", dependencies: { express: "5.3.0" } },
  "server.js": `const express = require("express");
const { join } = require("node:path");

const app = express()
app.use(express.json({ limit: "1kb" }));
app.get("/", (_request, response) => response.send(join("a", "b")));
app.listen(Number(process.env.PORT), () => console.log("listens"));
`,
};

/** Modules of its own that it needs once there is an application, as the guides of Express write it. */
export const expressLateRequire: Readonly<Record<string, string | object>> = {
  "package.json": { name: "shop", scripts: { start: "node app.js" }, dependencies: { express: "5.3.0" } },
  "routes.js": `module.exports = require("express").Router();\n`,
  "app.js": `"use strict";
const express = require("express");
const {
  join,
} = require("node:path");
const app = express();
const routes = require("./routes");

app.use(express.json({ limit: "1kb" }));
app.use("/api", routes);
app.get("/", (_request, response) => response.send(join("a", "b")));
app.listen(Number(process.env.PORT), () => console.log("listens"));
`,
};

export const expressModules: Readonly<Record<string, string | object>> = {
  "package.json": { name: "shop", type: "module", scripts: { start: "node app/main.mjs" }, devDependencies: { express: "5.3.0" } },
  "app/main.mjs": `import express from "express";
export const api = express();
api.listen(Number(process.env.PORT), () => console.log("listens"));
`,
};

export const nextTypeScript: Readonly<Record<string, string | object>> = {
  "package.json": { name: "shop-web", dependencies: { next: "16.0.0", react: "19.0.0" } },
  "tsconfig.json": `{
  // As create-next-app writes it.
  "compilerOptions": ${JSON.stringify({ ...strict, module: "esnext", moduleResolution: "bundler", noEmit: true, rewriteRelativeImportExtensions: true })},
  "include": ["src"]
}
`,
  "src/app/page.ts": "export default function Page() {}\n",
};

export const nextPages: Readonly<Record<string, string | object>> = {
  "package.json": { name: "shop-web", dependencies: { next: "16.0.0" } },
  "pages/index.js": "export default function Page() {}\n",
};
