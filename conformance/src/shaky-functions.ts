// Functions of an app whose surroundings are down while a file is there.

import { existsSync } from "node:fs";
import type { WaitingFunction } from "./waiting-cases.ts";

const isDown = (): boolean => existsSync(process.env["DOWN_FILE"] ?? "/nowhere");

/** Attempts are few: runs that used them up while everything was down would fail. */
export const shakyFunctions: readonly WaitingFunction[] = [
  {
    name: "asks-in-step",
    options: { retries: 2 },
    triggers: [{ event: "shaky/step" }],
    handler: ({ step }) =>
      step.run("ask", () => {
        if (isDown()) throw new Error("503 from behind the app");
        return "up";
      }),
  },
  {
    name: "throws",
    options: { retries: 2 },
    triggers: [{ event: "shaky/body" }],
    handler: async () => {
      if (isDown()) throw new Error("the app is not well");
      return "up";
    },
  },
  { name: "steady", triggers: [{ event: "shaky/steady" }], handler: ({ step }) => step.run("ask", () => "up") },
];
