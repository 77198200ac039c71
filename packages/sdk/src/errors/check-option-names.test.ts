// Options that there are not, as a program without types gives them.

import { describe, expect, test } from "vitest";
import { z } from "zod";
import { setup } from "../../test/served-app.ts";
import { eventType, type FunctionContext, Stepwell } from "../index.ts";

const lines: string[] = [];
const logger = { ...console, warn: (line: string) => void lines.push(line) };
const client = new Stepwell({ id: "shop", logger });
const noop = (_: FunctionContext) => undefined;
const define = (options: object) => client.createFunction({ id: "f", triggers: { event: "go" }, ...options }, noop);
const said = (work: () => unknown) => {
  lines.length = 0;
  work();
  return [...lines];
};

const misspelt: readonly (readonly [object, string])[] = [
  [{ concurency: 2 }, 'function "f" has no option "concurency". Did you mean "concurrency"?'],
  [{ retires: 2 }, 'function "f" has no option "retires". Did you mean "retries"?'],
  [{ trigger: { event: "go" } }, 'function "f" has no option "trigger". Did you mean "triggers"?'],
  [{ batch_events: {} }, 'Did you mean "batchEvents"?'],
  [{ concurrency: { limits: 2 } }, 'concurrency of function "f" has no option "limits". Did you mean "limit"?'],
  [{ concurrency: [{ limit: 2 }, { limit: 1, scop: "env" }] }, 'concurrency of function "f" has no option "scop"'],
  [{ concurrency: { fn: [{ limit: 1, keys: "x" }] } }, 'fn of concurrency of function "f" has no option "keys"'],
  [{ throttle: { limit: 1, perod: "1s" } }, 'throttle of function "f" has no option "perod". Did you mean "period"?'],
  [{ triggers: [{ event: "a" }, { cron: "* * * * *", jiter: "5s" }] }, 'triggers of function "f" has no option "jiter"'],
  [{ cancelOn: [{ event: "a", timout: "5s" }] }, 'cancelOn of function "f" has no option "timout"'],
  [{ checkpointing: { maxRunTime: "5s" } }, 'Did you mean "maxRuntime"?'],
];

describe("an option that there is not", () => {
  test.for(misspelt)("and is like one there is, is refused where the function is defined: %j", ([options, sentence]) => {
    const refusal = expect.objectContaining({ code: "option_unknown", message: expect.stringContaining(sentence) });
    expect(() => define(options)).toThrow(refusal);
  });

  test("is refused in a trigger that is given by itself", () => {
    expect(() => client.createFunction({ id: "f" }, { event: "go", iff: "true" } as never, noop)).toThrow(
      expect.objectContaining({ code: "option_unknown", message: expect.stringContaining('Did you mean "if"?') }),
    );
  });

  test("and is like none is said in one line, and ignored: another SDK or a later one may have it", () => {
    const [line, ...more] = said(() => define({ priorityBoost: 3 }));
    expect(more).toEqual([]);
    expect(line).toContain('stepwell: function "f" has no option "priorityBoost": it is ignored. It has id, name, description');
    expect(line).toContain("(option_unknown)");
    expect(said(() => define({ throttle: { limit: 1, period: "1s", weight: 2 } }))).toEqual([
      expect.stringContaining("It has limit, period, key, burst"),
    ]);
  });

  test("is found in those of the client and of serve", () => {
    expect(() => new Stepwell({ id: "shop", eventkey: "k" } as never)).toThrow(
      'the client "shop" has no option "eventkey". Did you mean "eventKey"?',
    );
    expect(said(() => new Stepwell({ id: "shop", logger, aiMetadata: true } as never))).toEqual([expect.stringContaining('"aiMetadata"')]);
    expect(() => setup({}, { serveOrign: "http://x" } as never)).toThrow('serve has no option "serveOrign". Did you mean "serveOrigin"?');
    expect(said(() => setup({ logger }, { landingPage: true } as never))).toEqual([
      expect.stringContaining('serve has no option "landingPage"'),
    ]);
  });

  test("is none where all are known, or where nothing is given for it", () => {
    const paid = eventType("paid", { schema: z.object({ n: z.number() }) });
    const all = {
      idempotency: "event.data.n",
      priority: { run: "1" },
      timeouts: { start: "5s" },
      singleton: { mode: "skip" },
      onFailure: noop,
    };
    const flow = { rateLimit: { limit: 1, period: "1s", smoothing: true }, debounce: { period: "1s" }, circuitBreaker: { failures: 3 } };
    expect(
      said(() =>
        define({ ...all, ...flow, triggers: [paid, { event: paid, if: "true" }], concurency: undefined, cancelOn: [{ event: paid }] }),
      ),
    ).toEqual([]);
  });
});
