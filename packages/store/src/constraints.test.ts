import { expect, test } from "vitest";
import { type Constraint, constraintsOf, laneKeyOf } from "./constraints.ts";

const values = ["", "t1", "a,b],[", 'say "so"', "back\\slash", "\\", '"', "new\nline", "\u2028é漢", "[[", '","', "0"];

test.each(values.flatMap((value) => [[value], [value, "x"], ["x", value], [value, value, value]].map((all) => ({ all }))))(
  "a lane's name gives its constraints back: $all",
  ({ all }) => {
    const constraints = all.map((value, index): Constraint => [`run fn ${index}`, value]);
    expect(constraintsOf(laneKeyOf(constraints))).toEqual(constraints);
  },
);

test("a lane without constraints has none", () => {
  expect(constraintsOf(laneKeyOf([]))).toEqual([]);
});
