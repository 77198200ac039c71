import { describe, expect, test } from "vitest";
import { nameUses } from "./name-uses.ts";
import { offeredNames } from "./offered-names.ts";
import { smallPackage } from "./small-package.ts";
import { withProject } from "./virtual-project.ts";

/** The names that a file uses, with the lines on which it does. */
function usesIn(text: string): Readonly<Record<string, readonly number[]>> {
  const file = "/examples/a.ts";
  const head = 'import { Client, create, Hooks } from "../package.ts";\n';
  return withProject({ ...smallPackage, [file]: head + text }, (project) => {
    const uses = nameUses(project, offeredNames(project, "/offered.ts"), [file]);
    const lines = [...uses].map(([path, places]) => [path, [...new Set(places.map(({ line }) => line))]] as const);
    return Object.fromEntries(lines.filter(([, places]) => places.length > 0));
  });
}

describe("finds", () => {
  test("options that are written, however deep", () => {
    expect(usesIn("create({\n  id: 'a',\n  limit: [{ count: 1 }],\n});")).toEqual({
      "create.id": [3],
      "create.limit": [4],
      "create.limit.count": [4],
    });
  });

  test("options whose type the call infers", () => {
    expect(usesIn("new Client().define({ id: 'a', on: { cron: '* * * * *' } }, () => undefined);")).toEqual({
      "create.id": [2],
      "client.define": [2],
      "client.define.on": [2],
      "client.define.on.cron": [2],
    });
  });

  test("what is called, and what is taken out of a context", () => {
    const code =
      "new Client().define({ id: 'a' }, ({ step: { runId, sleep } }) => sleep(runId, { ms: 1 }));\nnew Client().send({ name: 'a' });";
    expect(usesIn(code)).toEqual({
      "create.id": [2],
      "client.define": [2],
      "client.send": [3],
      "client.send.name": [3],
      "step.runId": [2],
      "step.sleep": [2],
      "step.sleep.ms": [2],
    });
  });

  test("hooks that a class defines", () => {
    expect(usesIn("class Mine extends Hooks {\n  override before() {}\n}\nvoid Mine;")).toEqual({ "hooks.before": [3] });
  });
});

describe("does not find", () => {
  test.each([
    ["a comment", "// create({ limit: { count: 1 } })"],
    ["a text", "const text = 'limit: { key }';\nvoid text;"],
    ["a property of something else", "const other = { limit: { count: 1 }, key: 2 };\nvoid other.limit;"],
  ])("%s", (_, code) => {
    expect(usesIn(code)).toEqual({});
  });

  test("an option of the same name of another object", () => {
    expect(usesIn("const key = 'a';\ncreate({ id: key });")).toEqual({ "create.id": [3] });
  });
});
