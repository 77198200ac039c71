// Every option, tool and hook has an example, which a page shows and a test runs, and a page says what it is.

import { readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { API, type Project } from "typescript/unstable/sync";
import { afterAll, expect, test } from "vitest";
import { listFiles, readSourceFiles, root } from "../source-file.ts";
import { missingExamples } from "./missing-examples.ts";
import { nameUses } from "./name-uses.ts";
import { offeredNames } from "./offered-names.ts";
import { runFiles } from "./run-files.ts";
import { unexplainedNames } from "./unexplained-names.ts";

/** What is taken from code that has it already, and no example should have. Each is marked as deprecated where it is declared. */
const withoutExample: Readonly<Record<string, string>> = {
  "createFunction.experimentalCheckpointing": "an elder name of checkpointing",
  "createFunction.optimizeParallelism": "has no effect any more",
  "event.user": "what belongs into data",
  "client.experimentalCheckpointing": "an elder name of checkpointing",
  "client.optimizeParallelism": "has no effect any more",
  "serve.serveHost": "an elder name of serveOrigin",
  "serve.logLevel": "has made way for the client's internalLogger",
  "step.invoke.user": "what belongs into data",
};

const api = new API({ cwd: root });
afterAll(() => api.close());

function projectOf(folder: string): Project {
  const config = join(root, folder, "tsconfig.json");
  const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
  if (project === undefined) throw new Error(`${config} is no project`);
  return project;
}

const read = (path: string) => ({ path, text: readFileSync(join(root, path), "utf8") });
/** Files beside the folders of the pages are the tests', and what tests need. */
const isExample = /^docs\/examples\/[^/]+\/.*\.ts$/;

test("in this repository all that is offered has an example", { timeout: 120_000 }, () => {
  const folder = "docs/examples";
  const project = projectOf(folder);
  const names = offeredNames(project, join(root, folder, "offered.ts"));
  expect(names.length).toBeGreaterThan(300);
  const files = readSourceFiles().filter(({ path }) => path.startsWith(`${folder}/`));
  const examples = files.filter(({ path }) => isExample.test(path)).map(({ path }) => join(root, path));
  const uses = [...nameUses(project, names, examples)].map(
    ([path, places]) => [path, places.map(({ file, line }) => ({ file: relative(root, file).split(sep).join("/"), line }))] as const,
  );
  const pages = listFiles()
    .filter((path) => /^docs\/[\w-]+\.md$/.test(path))
    .map(read);

  const missing = missingExamples({ names, uses: new Map(uses), run: runFiles(folder, files), pages, files });
  expect(missing).toEqual(Object.keys(withoutExample).map((path) => `${path}: no example uses it`));
  const permitted = names.filter(({ path }) => path in withoutExample);
  expect(permitted.filter(({ isDeprecated }) => !isDeprecated)).toEqual([]);
  expect(unexplainedNames(names, pages)).toEqual([]);
});
