// The functions of the simulated app as they are registered, and what an event starts.

import { parseRegisterRequest, type RegisterRequest } from "@stepwell/protocol";
import type { SentEvent } from "./ledger.ts";

/** Functions whose trigger has a condition. */
const conditionalCount = 2;
const condition = "event.data.n > 5";

export interface RegistrationParams {
  readonly slugs: readonly string[];
  /** Later registrations differ in what does not matter to runs under way. */
  readonly revision: number;
  /** A condition that nobody can read: the registration must be refused as a whole. */
  readonly isBroken?: boolean;
}

export function registration({ slugs, revision, isBroken }: RegistrationParams): RegisterRequest {
  const functions = slugs.map((slug, index) => ({
    id: slug,
    name: isBroken === true ? "must not be seen" : `${slug} ${revision}`,
    triggers: [
      { event: slug },
      { event: "sim/all" },
      ...(index < conditionalCount ? [{ event: "sim/some", expression: isBroken === true ? "event.data.n >" : condition }] : []),
    ],
    steps: {
      step: { id: "step", name: "step", runtime: { type: "http", url: `http://localhost:1/?fnId=${slug}` }, retries: { attempts: 8 } },
    },
  }));
  const parsed = parseRegisterRequest(JSON.stringify({ appName: "sim", url: "http://localhost:1/", sdk: "js:v4", functions }));
  if (parsed.kind !== "register") throw new Error(parsed.message);
  return parsed.request;
}

export function eventNames(slugs: readonly string[]): readonly string[] {
  return [...slugs, "sim/all", "sim/some", "sim/none"];
}

/** What each function does with an event, by slug. */
export function expectedOf(name: string, n: number | string, slugs: readonly string[]): SentEvent["expected"] {
  if (name === "sim/all") return new Map(slugs.map((slug) => [slug, "start"]));
  if (name !== "sim/some") return new Map(slugs.filter((slug) => slug === name).map((slug) => [slug, "start"]));
  if (typeof n === "number" && n <= 5) return new Map();
  return new Map(slugs.slice(0, conditionalCount).map((slug) => [slug, typeof n === "number" ? "start" : "expression_error"]));
}
