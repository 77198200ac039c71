import { Api } from "./api.ts";
import { App } from "./app.ts";
import type { ConformanceCase, Need } from "./conformance-case.ts";
import { expect } from "./expect.ts";
import type { Target } from "./target.ts";

/** Machines that build run many things at once. */
const caseMsMax = 50_000;
let count = 0;

/** Apps of two runs of the pack against one server do not meet. */
const tag = Math.random().toString(36).slice(2, 8);

/** Throws when the server does otherwise than the case says. */
export async function runCase({ check }: ConformanceCase, target: Target): Promise<void> {
  const api = new Api(target);
  count += 1;
  let timer: NodeJS.Timeout | undefined;
  const app = await App.open(`c${tag}x${count}`, api);
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done after ${caseMsMax} ms; the app had ${app.calls.length} calls`)), caseMsMax);
    });
    await Promise.race([check({ app, api, expect }), late]);
  } finally {
    clearTimeout(timer);
    await app.close();
  }
}

/** What the case needs and the server has not. */
export function lacks({ needs }: ConformanceCase, facts: ReadonlySet<Need>): readonly Need[] {
  return needs.filter((need) => !facts.has(need));
}
