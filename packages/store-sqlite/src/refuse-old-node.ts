import { DatabaseSync } from "./database-sync.ts";
import { nodeTooOld } from "./node-too-old.ts";

/** @throws {StepwellError} `node_too_old`. */
export function refuseOldNode(): void {
  if (!hasStatements()) throw nodeTooOld();
}

let isKnown: boolean | undefined;

/**
 * Whether `node:sqlite` gives numbered parameters (`?1`) their values in turn: Node's does from 22.20 and 24.7 on, and whatever
 * else the store needs is older. The module is asked and not the version, since other runtimes have one too, and name a Node of
 * their choice.
 */
function hasStatements(): boolean {
  if (isKnown !== undefined) return isKnown;
  const db = new DatabaseSync(":memory:");
  try {
    isKnown = db.prepare("select ?1 as one").get(1)?.["one"] === 1;
  } catch {
    isKnown = false;
  }
  db.close();
  return isKnown;
}
