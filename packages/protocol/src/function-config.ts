// What an app says of one function when it registers.

import { type ConfigProblem, ProblemList } from "./config-problem.ts";
import { type FlowOptions, readFlowOptions } from "./flow-options.ts";
import { isObject, type JsonObject, lowerKeys, textOf, wordsOf } from "./json-shape.ts";
import { limits } from "./limits.ts";
import { readTriggers, type Trigger } from "./triggers.ts";

export interface FunctionConfig {
  /** `<app>-<function>`: its identity in the environment. */
  readonly slug: string;
  readonly name: string;
  readonly triggers: readonly Trigger[];
  /** The URL that is called, with its query. */
  readonly url: string;
  /** Attempts are one more. */
  readonly retries: number;
  readonly options: FlowOptions;
  /** JSON Schema of the event's data, for display. */
  readonly inputSchema?: unknown;
}

export type FunctionConfigResult =
  | { readonly kind: "function"; readonly config: FunctionConfig }
  | { readonly kind: "invalid"; readonly problems: readonly ConfigProblem[] };

/** Reads one function of a registration. Keys count in any case, null is as absent, unknown keys are ignored. */
export function parseFunctionConfig(value: unknown): FunctionConfigResult {
  if (!isObject(value))
    return { kind: "invalid", problems: [{ function: "?", option: "", code: "config_invalid", message: "a function is an object" }] };
  const source = lowerKeys(value);
  const slug = wordsOf(source["id"]) ?? "";
  const problems = new ProblemList(slug === "" ? "?" : slug);
  if (slug === "" || slug.length > limits.functionIdLengthMax)
    problems.add("id", "function_id_invalid", `the id is empty or has more than ${limits.functionIdLengthMax} characters`);
  const name = wordsOf(source["name"]) ?? slug;
  const triggers = readTriggers(source["triggers"], problems);
  const step = readStep(source["steps"], problems);
  const retries = readRetries(step, source["retries"], problems);
  const options = readFlowOptions(source, problems);
  if (options.batchEvents !== undefined && triggers.length > 0 && triggers.every(({ kind }) => kind === "cron"))
    problems.add(
      "batchEvents",
      "combo_unsupported",
      "batchEvents needs an event to collect: the ticks of a schedule run alone, each at once",
    );
  if (problems.list.length > 0) return { kind: "invalid", problems: problems.list };
  const inputSchema = source["inputschema"];
  return {
    kind: "function",
    config: { slug, name, triggers, url: urlOf(step), retries, options, ...(inputSchema === undefined ? {} : { inputSchema }) },
  };
}

/** A function has exactly one step in its configuration: how it is called. */
function readStep(value: unknown, problems: ProblemList): JsonObject {
  const steps = isObject(value) ? Object.values(value) : [];
  const [only] = steps;
  if (steps.length !== 1 || !isObject(only)) {
    problems.add("steps", "step_url_invalid", "the function must have exactly one step with the URL to call");
    return {};
  }
  const step = lowerKeys(only);
  const runtime = isObject(step["runtime"]) ? lowerKeys(step["runtime"]) : {};
  const url = textOf(runtime["url"]) ?? "";
  const scheme = /^(https?|wss?):\/\//i.exec(url)?.[1];
  if (scheme === undefined || !URL.canParse(url))
    problems.add("steps.step.runtime.url", "step_url_invalid", `"${url.slice(0, 200)}" is not an http, https, ws or wss URL`);
  return step;
}

function urlOf(step: JsonObject): string {
  return isObject(step["runtime"]) ? (textOf(lowerKeys(step["runtime"])["url"]) ?? "") : "";
}

/** `{ attempts: n }` of the step, else the same or a bare number beside it. It counts retries, whatever it is called. */
function readRetries(step: JsonObject, topLevel: unknown, problems: ProblemList): number {
  const value = retriesOf(step["retries"]) ?? retriesOf(topLevel);
  if (value === undefined) return limits.retriesDefault;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return Math.min(value, limits.retriesMax);
  problems.add(
    "retries",
    "retries_invalid",
    `retries is ${JSON.stringify(value)}; it must be a whole number from 0 to ${limits.retriesMax}`,
  );
  return limits.retriesDefault;
}

function retriesOf(value: unknown): unknown {
  if (isObject(value)) return lowerKeys(value)["attempts"];
  return value === null ? undefined : value;
}
