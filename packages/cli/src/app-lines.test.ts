import type { RunId } from "@stepwell/protocol";
import { expect, test } from "vitest";
import { appLines } from "./app-lines.ts";

const [one, other] = ["01JD8ZK3Q4M5N6P7R8S9T0V1W2", "01JD8ZK3Q4M5N6P7R8S9T0V1W3"] as [RunId, RunId];

test("a line is kept with the runs it names, in the order in which lines came", async () => {
  const appended: unknown[] = [];
  const lines = appLines({
    engine: {
      async appendLogs(params) {
        appended.push(params);
        return { kind: "appended" };
      },
    },
    now: () => 7,
  });
  lines.take("stdout", "listening on 3000");
  lines.take("stdout", `run=${one} charging`);
  lines.take("stderr", `{"run":"${one}","other":"${other}"}`);
  lines.take("stdout", `x${one} is no id, nor is ${one}0`);
  lines.take("stdout", [one, other, "01JD8ZK3Q4M5N6P7R8S9T0V1W4", "01JD8ZK3Q4M5N6P7R8S9T0V1W5"].join(" "));
  await lines.flush();
  const both = { at: 7, level: "error", text: `{"run":"${one}","other":"${other}"}` };
  expect(appended).toEqual([
    { runId: one, entries: [{ lines: [{ at: 7, level: "info", text: `run=${one} charging` }, both] }] },
    { runId: other, entries: [{ lines: [both] }] },
  ]);
});

test("what cannot be stored is nobody's failure", async () => {
  const lines = appLines({ engine: { appendLogs: () => Promise.reject(new Error("no disk")) }, now: () => 7 });
  lines.take("stdout", one);
  await lines.flush();
  await lines.flush();
});
