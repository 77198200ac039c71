import type { StatementSync } from "node:sqlite";
import type { SettingsStore } from "@stepwell/store";
import type { Connection } from "./connection.ts";

export class Settings implements SettingsStore {
  readonly #get: StatementSync;
  readonly #set: StatementSync;

  constructor(connection: Connection) {
    this.#get = connection.prepare("-- stepwell: settings.get\nselect value from settings where name = ?");
    this.#set = connection.prepare(
      "-- stepwell: settings.set\ninsert into settings (name, value) values (?, ?) on conflict (name) do update set value = excluded.value",
    );
  }

  async get(name: string): Promise<string | undefined> {
    const value = this.#get.get(name)?.["value"];
    return typeof value === "string" ? value : undefined;
  }

  async set(name: string, value: string): Promise<void> {
    this.#set.run(name, value);
  }
}
