import { type ItemId, limits } from "@stepwell/protocol";
import { expect, test } from "vitest";
import { PutOffs } from "./put-offs.ts";

const item = (n: number): ItemId => `item ${n}` as ItemId;

test("an item is put off so often in a row, then counts once, and begins anew", () => {
  const putOffs = new PutOffs();
  const round = () => Array.from({ length: limits.putOffsInARowMax + 1 }, () => putOffs.add(item(1)));
  const expected = [...Array(limits.putOffsInARowMax).fill(true), false];
  expect(round()).toEqual(expected);
  expect(round()).toEqual(expected);
  putOffs.add(item(1));
  putOffs.forget(item(1));
  expect(round()).toEqual(expected);
});

test("of too many items the one that was put off longest ago is forgotten", () => {
  const putOffs = new PutOffs();
  for (let n = 0; n < limits.putOffsInARowMax; n += 1) putOffs.add(item(0));
  for (let n = 1; n <= limits.putOffItemsMax; n += 1) putOffs.add(item(n));
  expect(putOffs.add(item(0))).toBe(true);
});
