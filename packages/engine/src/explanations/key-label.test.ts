import { expect, test } from "vitest";
import { keyLabel } from "./key-label.ts";

test.each([
  ["event.data.tenant", "42", "tenant=42"],
  ["event.data.user.id", "u_1", "user.id=u_1"],
  [" event.user.id ", "u_1", "id=u_1"],
  ["event.name", "shop/order", "name=shop/order"],
  ["'gpu'", "gpu", "gpu"],
  ["event.data.a + event.data.b", "ab", "ab"],
  ["event.data.n > 5 ? 'big' : 'small'", "big", "big"],
  [undefined, "x", "x"],
])("a key of %s with the value %s is read as %s", (expression, value, label) => {
  expect(keyLabel(expression, value)).toBe(label);
});
