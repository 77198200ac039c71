import { expect, test } from "vitest";
import { clientContext } from "../client-command.ts";
import { exitCodes } from "../exit-codes.ts";
import { api } from "./api.ts";

test.each([
  ["no path", ["GET"]],
  ["an unknown method", ["FETCH", "/x"]],
  ["a path that is none", ["GET", "x"]],
  ["a body that is no JSON", ["POST", "/x", "{"]],
  ["two bodies", ["POST", "/x", "{}", "--data", "{}"]],
  ["too much", ["POST", "/x", "{}", "{}"]],
])("%s is refused, and nothing is asked", async (_, args) => {
  // Nothing listens there: what were asked would have another exit code.
  const context = clientContext(api, { args: [...args, "--server", "http://localhost:1"], env: {}, cwd: "/" });
  await expect(api.run(context)).rejects.toMatchObject({ exitCode: exitCodes.usage });
});
