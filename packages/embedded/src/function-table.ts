// What code of this process can be called, by slug. Looked at for each call, so that a hot reload takes effect with the next.

import { StepwellError } from "@stepwell/protocol";
import type { StepwellFunction } from "stepwell";
import { type Executable, executablesOf } from "stepwell/internals";

type Client = StepwellFunction["client"];

export interface InProcessApp {
  readonly client: Client;
  readonly functions: readonly StepwellFunction[];
  readonly executables: ReadonlyMap<string, Executable>;
}

export class FunctionTable {
  #apps: ReadonlyMap<string, InProcessApp> = new Map();

  /**
   * These functions are the whole of their apps; other apps stay. Gives what was there before.
   *
   * @throws {StepwellError} `function_id_duplicate`; the table stays as it is.
   */
  take(functions: readonly StepwellFunction[]): ReadonlyMap<string, InProcessApp> {
    const before = this.#apps;
    this.#apps = new Map([...before, ...appsOf(functions)]);
    return before;
  }

  restore(apps: ReadonlyMap<string, InProcessApp>): void {
    this.#apps = apps;
  }

  hasApp(appName: string): boolean {
    return this.#apps.has(appName);
  }

  find(appName: string, slug: string): Executable | undefined {
    return this.#apps.get(appName)?.executables.get(slug);
  }

  findBySlug(slug: string): Executable | undefined {
    for (const { executables } of this.#apps.values()) {
      const found = executables.get(slug);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  clients(): readonly Client[] {
    return [...this.#apps.values()].map(({ client }) => client);
  }
}

/**
 * By the id of their client, which is the app's.
 *
 * @throws {StepwellError} `invalid_request`: there is no list, or something in it is no function, as one is that a file gives which
 *   imports this one in turn.
 */
export function appsOf(functions: readonly StepwellFunction[]): ReadonlyMap<string, InProcessApp> {
  if (!Array.isArray(functions)) throw invalidFunctions("an engine needs `functions`, a list of what createFunction made");
  for (const [index, each] of functions.entries())
    if (typeof each?.client?.id !== "string")
      throw invalidFunctions(`functions[${index}] is ${nameOf(each)}, and not what createFunction made`);
  const byApp = Map.groupBy(functions, ({ client }) => client.id);
  return new Map(
    [...byApp].map(([appName, own]) => {
      const client = (own[0] as StepwellFunction).client;
      return [appName, { client, functions: own, executables: executablesOf(client, own) }];
    }),
  );
}

function nameOf(value: unknown): string {
  return value === undefined || value === null ? String(value) : `a value of the type ${typeof value}`;
}

function invalidFunctions(message: string): StepwellError {
  return new StepwellError("invalid_request", message, {
    retryable: false,
    advice: "Give it the functions themselves. One that is undefined has another name where it is exported, or its file imports this one.",
  });
}
