import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { expressEdit } from "./express-entry.ts";
import { readProject } from "./project.ts";

function edited(manifest: object, path: string, text: string): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "stepwell-scaffold-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ dependencies: { express: "5.3.0" }, ...manifest }));
  writeFileSync(join(folder, path), text);
  return expressEdit(readProject(folder, undefined), "src/stepwell")?.text;
}

test("what is required below the application stays below the functions", () => {
  const text = `const express = require("express");
const app = express();
app.use(express.json());

const orders = require("./routes/orders");
app.use("/orders", orders);
`;
  expect(edited({ main: "app.js" }, "app.js", text)).toBe(`const express = require("express");
const { serve } = require("stepwell/express");
const { client } = require("./src/stepwell/client");
const { functions } = require("./src/stepwell/functions/index");
const app = express();
app.use("/api/stepwell", serve({ client, functions }));
app.use(express.json());

const orders = require("./routes/orders");
app.use("/orders", orders);
`);
});

test("an application that a function makes is found", () => {
  const text = `import express from "express";

export function createServer() {
  const server = express();
  server.use(express.json());
  return server;
}
`;
  expect(edited({ type: "module" }, "src/server.js", text)).toBe(`import express from "express";
import { serve } from "stepwell/express";
import { client } from "./stepwell/client.js";
import { functions } from "./stepwell/functions/index.js";

export function createServer() {
  const server = express();
  server.use("/api/stepwell", serve({ client, functions }));
  server.use(express.json());
  return server;
}
`);
});

test.each([
  'import express from "express";\nconst server = express()\n  .use(express.json())\n  .listen(3000);\n',
  'import express from "express";\nconst server = express().use(express.json());\n',
])("a chain that goes on behind the application is left to a person: %j", (text) => {
  expect(edited({ type: "module" }, "src/server.js", text)).toBeUndefined();
});

test("what a comment or a template says is no application, no import, and serves nothing", () => {
  const text = `#!/usr/bin/env node
import express from "express"; // the framework
/*
import old from "old";
const app = express();
app.use("/api/stepwell", serve({ client, functions }));
*/
const page = \`
const app = express();
\`;
const isUrl = /^["'\`]\\/*/;
const server = express(); // the application
server.listen(3000);
`;
  expect(edited({ type: "module" }, "src/server.js", text)).toBe(
    text
      .replace(
        "// the framework\n",
        `// the framework
import { serve } from "stepwell/express";
import { client } from "./stepwell/client.js";
import { functions } from "./stepwell/functions/index.js";
`,
      )
      .replace("// the application\n", '// the application\nserver.use("/api/stepwell", serve({ client, functions }));\n'),
  );
});

test("an application that is commented out is none", () => {
  const text = 'import express from "express";\n/*\nconst app = express();\n*/\n// const app = express();\n';
  expect(edited({ type: "module" }, "src/server.js", text)).toBeUndefined();
});
