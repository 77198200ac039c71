// What is written is what the server reads.

import { type Op, parseOps } from "@stepwell/protocol";
import { expect, test } from "vitest";
import { callOnce, onlyOp } from "../../test/call-once.ts";
import { callBody, setup } from "../../test/served-app.ts";
import { Stepwell } from "../index.ts";
import { encodeOp } from "./encode-op.ts";

const client = new Stepwell({ id: "app" });
const read = (op: Op): unknown => {
  const parsed = parseOps(JSON.parse(`[${encodeOp(op)}]`));
  return parsed.kind === "ops" ? parsed.ops[0] : parsed;
};

test("the types of a result that JSON cannot hold go with it, so that a replay over HTTP has the same value", async () => {
  const fn = (app: Stepwell) =>
    app.createFunction({ id: "dated", triggers: { event: "go" } }, ({ step }) => step.run("now", () => new Date(5)));
  const reply = await callOnce(client, fn(client), { hooks: { runAhead: false } });
  const op = onlyOp(reply);
  expect(op).toMatchObject({ kind: "StepRun", types: '[[[],"Date"]]' });
  expect(read(op)).toMatchObject({ kind: "StepRun", data: '"1970-01-01T00:00:00.005Z"', types: '[[[],"Date"]]' });
  const { ask } = setup({}, { functions: [fn(client)] });
  const call = async (headers: Record<string, string>) =>
    (await ask("POST", "/x?fnId=app-dated&stepId=step", callBody(), headers)).body?.[0];
  expect(await call({ "x-stepwell-version": "1" })).toHaveProperty("types");
  // Another server would take the list for a part of the result.
  expect(await call({})).not.toHaveProperty("types");
});
