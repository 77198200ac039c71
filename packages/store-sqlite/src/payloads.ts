import type { StatementSync } from "node:sqlite";
import { limits } from "@stepwell/protocol";
import type { Connection } from "./connection.ts";

/** Texts that are too long for the rows they belong to. */
export class Payloads {
  readonly #connection: Connection;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#insert = connection.prepare("-- stepwell: payloads.append\ninsert into payloads (body) values (?)");
    this.#delete = connection.prepare("-- stepwell: payloads.remove\ndelete from payloads where id = ?");
  }

  static isLong(text: string): boolean {
    return text.length > limits.payloadInlineLengthMax;
  }

  append(text: string): number {
    this.#connection.rowsWritten += 1;
    return Number(this.#insert.run(text).lastInsertRowid);
  }

  remove(id: number): void {
    this.#delete.run(id);
  }
}
