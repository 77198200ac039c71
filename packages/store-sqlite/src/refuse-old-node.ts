import { StepwellError } from "@stepwell/protocol";

/** `node:sqlite` needs no flag from here on. */
const nodeMin = [22, 13] as const;

/** @throws {StepwellError} `node_too_old`. */
export function refuseOldNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < nodeMin[0] || (major === nodeMin[0] && minor < nodeMin[1])) throw nodeTooOld();
}

export function nodeTooOld(): StepwellError {
  const message = `this is Node ${process.versions.node}; an engine needs ${nodeMin.join(".")} or later, which has node:sqlite`;
  return new StepwellError("node_too_old", message, {
    retryable: false,
    advice: "Install a later Node, or try one: `npx node@24 app.js`.",
  });
}
