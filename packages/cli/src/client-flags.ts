// Flags of the commands that talk to a server.

import { type ParseArgsConfig, parseArgs } from "node:util";
import { type ApiClient, apiClient } from "./api-client.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";
import { nearest } from "./nearest.ts";

export interface ClientFlags {
  readonly client: ApiClient;
  readonly json: boolean;
  readonly jsonl: boolean;
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  readonly positionals: readonly string[];
}

const shared = {
  server: { type: "string" },
  "api-key": { type: "string" },
  insecure: { type: "boolean" },
  json: { type: "boolean" },
  jsonl: { type: "boolean" },
} as const satisfies ParseArgsConfig["options"];

export function readClientFlags(
  args: readonly string[],
  own: NonNullable<ParseArgsConfig["options"]>,
  env: Readonly<Record<string, string | undefined>>,
): ClientFlags {
  const options = { ...shared, ...own };
  const { values, positionals } = parse(args, options);
  const text = (name: string): string | undefined => (typeof values[name] === "string" ? values[name] : undefined);
  const server = text("server") ?? env["STEPWELL_SERVER_URL"] ?? "http://localhost:8288";
  const key = text("api-key") ?? env["STEPWELL_API_KEY"] ?? env["STEPWELL_SIGNING_KEY"];
  const client = apiClient({ server, key, insecure: values["insecure"] === true });
  return { client, json: values["json"] === true, jsonl: values["jsonl"] === true, values, positionals };
}

function parse(args: readonly string[], options: NonNullable<ParseArgsConfig["options"]>): Pick<ClientFlags, "values" | "positionals"> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true }) as Pick<ClientFlags, "values" | "positionals">;
  } catch (error) {
    const unknown = /'(--?[\w-]+)/.exec(error instanceof Error ? error.message : "")?.[1];
    const near =
      unknown === undefined
        ? undefined
        : nearest(
            unknown,
            Object.keys(options).map((name) => `--${name}`),
          );
    throw new CommandError(
      exitCodes.usage,
      "usage",
      unknown === undefined
        ? String(error)
        : `there is no flag ${unknown}, or it is used wrongly${near === undefined || near === unknown ? "" : `; did you mean ${near}?`}`,
    );
  }
}
