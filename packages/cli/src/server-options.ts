import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { CommandError, exitCodes } from "./exit-codes.ts";
import type { FlagSettings } from "./read-flags.ts";
import type { StartServerOptions } from "./start-server.ts";

const day = 86_400_000;

export const defaultPort = 8_288;

/** What the flags of a command mean for the server. */
export function serverOptions(
  command: "dev" | "start",
  settings: FlagSettings,
  env: Readonly<Record<string, string | undefined>>,
): StartServerOptions {
  const { values } = settings;
  const isDev = command === "dev";
  const appUrls = list(values.get("sdk-url")).map((url) => (/^[a-z]+:\/\//i.test(url) ? url : `http://${url}`));
  const discovers = isDev && values.get("no-discovery") !== true && (appUrls.length === 0 || values.get("discovery") === true);
  const file = fileOf(command, settings);
  if (values.get("reset") === true && file !== undefined) reset(file, values.get("yes") === true);
  const host = values.get("host");
  const signingKeys = list(values.get("signing-key"));
  const eventKeys = list(values.get("event-key"));
  if (!isDev) requireKeys(signingKeys, eventKeys);
  return {
    mode: command,
    hosts: typeof host === "string" ? [host] : isDev ? ["127.0.0.1", "::1"] : ["::"],
    port: number(values.get("port")) ?? defaultPort,
    ...(file === undefined ? {} : { file }),
    eventKeys,
    signingKeys,
    allowHosts: list(values.get("allow-host")),
    appUrls,
    discovers,
    discoverPorts: [...list(values.get("discover-ports")), env["PORT"] ?? ""].flatMap(portsOf),
    pollMs: values.get("no-poll") === true ? 0 : (number(values.get("poll-interval")) ?? (isDev ? 5_000 : 0)),
    engine: {
      retryIntervalMs: number(values.get("retry-interval")) || undefined,
      retention: {
        runsMs: number(values.get("retention-runs")) ?? (isDev ? 7 : 30) * day,
        failedMs: number(values.get("retention-failed")) ?? (isDev ? 7 : 90) * day,
        eventsMs: number(values.get("retention-events")) ?? (isDev ? 7 : 14) * day,
        ...(isDev ? { runsMax: 100_000 } : {}),
      },
    },
  };
}

function fileOf(command: "dev" | "start", { values }: FlagSettings): string | undefined {
  if (values.get("memory") === true) return undefined;
  const file = values.get("db");
  if (typeof file === "string") {
    if (/^postgres(ql)?:/i.test(file))
      throw new CommandError(
        exitCodes.usage,
        "option_not_supported_yet",
        "this version keeps its data in SQLite; PostgreSQL is not supported yet",
        ["Give a file: --db ./data/stepwell.db"],
      );
    return resolve(file);
  }
  const folder = values.get("sqlite-dir");
  return resolve(join(typeof folder === "string" ? folder : ".stepwell", command === "dev" ? "dev.db" : "main.db"));
}

function reset(file: string, isConfirmed: boolean): void {
  if (!isConfirmed) throw new CommandError(exitCodes.usage, "usage", `--reset would remove ${file}`, ["Add --yes to do it."]);
  for (const suffix of ["", "-wal", "-shm", ".lock"]) rmSync(`${file}${suffix}`, { force: true });
}

function requireKeys(signingKeys: readonly string[], eventKeys: readonly string[]): void {
  const missing = [
    ...(signingKeys.length === 0 ? ["--signing-key (or STEPWELL_SIGNING_KEY)"] : []),
    ...(eventKeys.length === 0 ? ["--event-key (or STEPWELL_EVENT_KEY)"] : []),
  ];
  if (missing.length > 0)
    throw new CommandError(exitCodes.usage, "usage", `start needs ${missing.join(" and ")}`, [
      "A signing key is hex, e.g. from: openssl rand -hex 32",
      "Give the same keys to the apps as INNGEST_SIGNING_KEY and INNGEST_EVENT_KEY.",
    ]);
  for (const key of signingKeys) {
    const hex = key.replace(/^signkey-\w+-/, "");
    if (hex.length === 0 || hex.length % 2 !== 0 || !/^[0-9a-f]+$/i.test(hex))
      throw new CommandError(
        exitCodes.usage,
        "usage",
        "a signing key is an even number of hex digits, with signkey-<env>- before them or without",
        ["Make one with: openssl rand -hex 32"],
      );
  }
}

function portsOf(text: string): readonly number[] {
  const [first, last] = text.split("-").map(Number);
  if (first === undefined || !Number.isInteger(first) || first < 1) return [];
  if (last === undefined || !Number.isInteger(last)) return [first];
  return Array.from({ length: Math.max(0, Math.min(last - first + 1, 1_000)) }, (_, index) => first + index);
}

function list(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : typeof value === "string" ? [value] : [];
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
