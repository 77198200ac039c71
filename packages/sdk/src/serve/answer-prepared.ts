import { parseJson, type Reply } from "@stepwell/protocol";
import type { Executable } from "../define/executable.ts";
import { hasHook, wrapped } from "../middleware/hooks.ts";
import type { ExecutionHooks, ExecutionRequest } from "../replay/execution-request.ts";
import { beginOpened, openCall } from "../replay/prepared-call.ts";
import { promisedReply } from "../replay/reply-taker.ts";
import type { Answer } from "../wire/answer.ts";
import type { CallRequest } from "./call-request.ts";

export type Execute = (hooks: ExecutionHooks) => Promise<Reply>;

export interface CallBrought {
  readonly http: CallRequest;
  readonly body: string;
  /** What the framework called its handler with. */
  readonly args: readonly unknown[];
  readonly request: ExecutionRequest;
}

/** Answers a request for a function with middleware or schemas. */
export async function answerPrepared(
  executable: Executable,
  { http, body, args, request }: CallBrought,
  answer: (execute: Execute) => Promise<Answer>,
): Promise<Answer> {
  const opened = openCall(executable, args);
  const run = (): Promise<Answer> => answer((hooks) => promisedReply((taker) => beginOpened(opened, request, hooks, taker)));
  if (!hasHook(opened.middleware, "wrapRequest")) return run();
  const { method, url, headers } = http;
  const requestInfo = { method, url: new URL(url), headers: Object.fromEntries(headers), body: async () => parseJson(body) };
  const about = { fn: executable.definition, requestArgs: args, requestInfo, runId: request.runId };
  return wrapped(opened.middleware, "wrapRequest", about, async () => {
    const answered = await run();
    return { ...answered, headers: { ...answered.headers } };
  });
}
