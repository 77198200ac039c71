import { StepwellError } from "@stepwell/protocol";

export function nodeTooOld(): StepwellError {
  const message = `this is Node ${process.versions.node}; an engine needs 22.20 or later, and of 24 24.7 or later`;
  return new StepwellError("node_too_old", message, {
    retryable: false,
    advice: "Install a later Node, or try one: `npx node@24 app.js`.",
  });
}
