// `bun test` has Vitest's interface but for this: each case of a list as one argument. See CONTRIBUTING.md.

import { test } from "bun:test";

test.for ??= (cases) => (name, body, options) => {
  for (const [index, each] of cases.entries()) test(`${name} (${index})`, () => body(each), options);
};
