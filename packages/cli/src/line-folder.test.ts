import { expect, onTestFinished, test, vi } from "vitest";
import { lineFolder } from "./line-folder.ts";

function setup() {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const lines: string[] = [];
  const folder = lineFolder({
    linesMax: 2,
    windowMs: 1_000,
    write: (line) => lines.push(line),
    summary: (kind, count) => `${kind} ×${count}`,
  });
  return { lines, folder };
}

test("a burst of one kind becomes a few lines and a number, and other kinds are not held back", () => {
  const { lines, folder } = setup();
  for (let n = 1; n <= 240; n += 1) folder.take("import", `import ${n}`);
  folder.take("order", "order 1");
  expect(lines).toEqual(["import 1", "import 2", "order 1"]);
  vi.advanceTimersByTime(1_000);
  expect(lines.slice(3)).toEqual(["import ×238"]);
});

test("with the next window lines pass again", () => {
  const { lines, folder } = setup();
  for (let n = 1; n <= 3; n += 1) folder.take("a", `a${n}`);
  vi.advanceTimersByTime(1_000);
  folder.take("a", "a4");
  expect(lines).toEqual(["a1", "a2", "a ×1", "a4"]);
});

test("what is folded at the end is said", () => {
  const { lines, folder } = setup();
  for (let n = 1; n <= 5; n += 1) folder.take("a", `a${n}`);
  folder.end();
  expect(lines).toEqual(["a1", "a2", "a ×3"]);
  vi.advanceTimersByTime(5_000);
  expect(lines).toHaveLength(3);
});
