// Runs a Postman collection as Postman does: requests in order, variables put in, the test script of each run on its answer.
// It knows as much of `pm` as this collection uses, and refuses what it does not know.

import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { expect } from "vitest";

interface Item {
  readonly name: string;
  readonly item?: readonly Item[];
  readonly event?: readonly { readonly listen: string; readonly script: { readonly exec: readonly string[] } }[];
  readonly request?: {
    readonly method: string;
    readonly url: { readonly raw: string };
    readonly header: readonly { readonly key: string; readonly value: string }[];
    readonly body?: { readonly mode: "raw"; readonly raw: string };
    readonly auth?: { readonly type: "bearer"; readonly bearer: readonly { readonly key: string; readonly value: string }[] };
  };
}

interface Collection {
  readonly info: { readonly name: string; readonly schema: string };
  readonly variable: readonly { readonly key: string; readonly value: string }[];
  readonly item: readonly Item[];
}

export interface Outcome {
  readonly request: string;
  readonly test: string;
  /** Why it failed; absent: it went well. */
  readonly error?: string;
}

export function readCollection(file: URL): Collection {
  return JSON.parse(readFileSync(file, "utf8"));
}

export async function runCollection(collection: Collection, given: Readonly<Record<string, string>>): Promise<readonly Outcome[]> {
  const variables = new Map([...collection.variable.map(({ key, value }) => [key, value] as const), ...Object.entries(given)]);
  const outcomes: Outcome[] = [];
  for (const item of requestsOf(collection.item)) outcomes.push(...(await runItem(item, variables)));
  return outcomes;
}

function requestsOf(items: readonly Item[]): readonly Item[] {
  return items.flatMap((item) => (item.item === undefined ? [item] : requestsOf(item.item)));
}

async function runItem({ name, request, event = [] }: Item, variables: Map<string, string>): Promise<readonly Outcome[]> {
  if (request === undefined) throw new Error(`"${name}" is neither a folder nor a request`);
  const fill = (text: string): string =>
    text.replaceAll(/{{(\w+)}}/g, (_, key: string) => {
      const value = variables.get(key);
      if (value === undefined) throw new Error(`"${name}" uses {{${key}}}, which the collection does not have`);
      return value;
    });
  const token = request.auth?.bearer.find(({ key }) => key === "token")?.value;
  const response = await fetch(fill(request.url.raw), {
    method: request.method,
    headers: {
      ...Object.fromEntries(request.header.map(({ key, value }) => [key, fill(value)])),
      ...(token === undefined ? {} : { authorization: `Bearer ${fill(token)}` }),
    },
    ...(request.body === undefined ? {} : { body: fill(request.body.raw) }),
  });
  const text = await response.text();
  const outcomes: Outcome[] = [];
  const pm = {
    response: {
      json: () => JSON.parse(text),
      to: { have: { status: (status: number) => expect(response.status, text).toBe(status) } },
    },
    collectionVariables: { set: (key: string, value: string) => void variables.set(key, value) },
    expect,
    test(test: string, check: () => void) {
      try {
        check();
        outcomes.push({ request: name, test });
      } catch (error) {
        outcomes.push({ request: name, test, error: error instanceof Error ? error.message : String(error) });
      }
    },
  };
  for (const { listen, script } of event) if (listen === "test") runInNewContext(script.exec.join("\n"), { pm });
  return outcomes;
}
