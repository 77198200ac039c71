import { expect, test } from "vitest";
import { flagsOf, flagTable } from "./flag-table.ts";

test("no two flags share a name, an alias or a letter", () => {
  const names = flagTable.flatMap(({ name, aliases, short }) => [name, ...(aliases ?? []), ...(short === undefined ? [] : [short])]);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test("each flag belongs to a command and says what it does", () => {
  for (const flag of flagTable) {
    expect(flag.dev ?? flag.start, flag.name).toBeDefined();
    expect(flag.help.length, flag.name).toBeGreaterThan(3);
  }
});

test("every flag of the reference is there, for the command that has it", () => {
  const both = ["config", "host", "port", "sdk-url", "poll-interval", "retry-interval", "queue-workers", "tick", "sqlite-dir", "persist"];
  const gateway = ["connect-gateway-port", "connect-gateway-grpc-port", "connect-executor-grpc-port", "connect-gateway-grpc-ip"];
  const start = ["signing-key", "event-key", "redis-uri", "postgres-uri", "postgres-max-idle-conns", "postgres-max-open-conns", "no-ui"];
  const namesOf = (command: "dev" | "start"): readonly string[] => flagsOf(command).map(({ name }) => name);
  expect(namesOf("dev")).toEqual(expect.arrayContaining([...both, ...gateway, "no-discovery", "no-poll"]));
  expect(namesOf("start")).toEqual(expect.arrayContaining([...both, ...gateway, ...start]));
});
