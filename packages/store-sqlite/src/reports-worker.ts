// The worker's side: a read-only connection, and answers to named questions. Besides reading it moves the log into the
// database (a passive checkpoint), which never waits for anybody.

import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { Reports } from "./reports.ts";

const { file } = workerData as { readonly file: string };
const reader = new DatabaseSync(file, { readOnly: true });
const reports = new Reports(reader);
const checkpointer = new DatabaseSync(file);
checkpointer.exec("pragma wal_autocheckpoint = 0");

interface Question {
  readonly id: number;
  readonly method: keyof Reports | "checkpoint";
  readonly args: readonly unknown[];
}

parentPort?.on("message", (question: Question) => void answer(question));

async function answer({ id, method, args }: Question): Promise<void> {
  try {
    const value =
      method === "checkpoint" ? checkpoint() : await (reports[method] as (...args: readonly unknown[]) => Promise<unknown>)(...args);
    parentPort?.postMessage({ id, value });
  } catch (error) {
    parentPort?.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
}

function checkpoint(): void {
  checkpointer.prepare("pragma wal_checkpoint(passive)").all();
}
