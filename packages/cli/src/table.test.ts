import { expect, test } from "vitest";
import { formatTable } from "./table.ts";

const heads = ["STATUS", "ERROR", "ID"];

test("on a terminal columns are aligned", () => {
  expect(formatTable({ heads, rows: [["failed", "E", "01JD"]], width: 80 })).toBe("STATUS  ERROR  ID\nfailed  E      01JD");
});

test("a row that is too wide takes from the shrinking column, never from the id", () => {
  const text = formatTable({ heads, rows: [["failed", "a very long message of an error", "01JD8ZK3"]], width: 32, shrinking: 1 });
  expect(text.split("\n")[1]).toBe("failed  a very long m…  01JD8ZK3");
});

test("in a pipe cells are whole and separated by tabs, and nothing in a cell breaks the row", () => {
  const text = formatTable({ heads, rows: [["failed", "line 1\nline\t2", "01JD"]], width: undefined, shrinking: 1 });
  expect(text).toBe("STATUS\tERROR\tID\nfailed\tline 1 line 2\t01JD");
});
