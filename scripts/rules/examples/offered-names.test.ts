import { expect, test } from "vitest";
import { offeredNames } from "./offered-names.ts";
import { smallPackage } from "./small-package.ts";
import { withProject } from "./virtual-project.ts";

const namesOf = (files: Readonly<Record<string, string>>) => withProject(files, (project) => offeredNames(project, "/offered.ts"));

test("takes apart what is written and what is called, and not what is given", () => {
  const names = namesOf(smallPackage);
  expect(names.map(({ path }) => path)).toEqual([
    "create.id",
    "create.logger",
    "create.limit",
    "create.limit.count",
    "create.limit.key",
    "create.max",
    "create.onEnd",
    "hooks.before",
    "hooks.after",
    "client.send",
    "client.send.name",
    "client.define",
    "client.define.on",
    "client.define.on.event",
    "client.define.on.cron",
    "step.sleep",
    "step.sleep.ms",
    "step.runId",
  ]);
  expect(names.filter(({ isDeprecated }) => isDeprecated).map(({ path }) => path)).toEqual(["create.max"]);
});

test("an option that is added is offered at once", () => {
  const { "/package.ts": text = "" } = smallPackage;
  const added = namesOf({
    ...smallPackage,
    "/package.ts": text.replace("readonly key?: string", "readonly key?: string; readonly scope?: 1"),
  });
  expect(added.map(({ path }) => path)).toContain("create.limit.scope");
});

test("a type that is gone is an error", () => {
  expect(() => namesOf({ "/offered.ts": "export interface Written {}" })).toThrow(/\/offered.ts exports no type Given/);
});
