import { randomBytes } from "node:crypto";

const machine = randomBytes(5).toString("hex");
let counter = randomBytes(3).readUIntBE(0, 3);

/** An id as document stores make them: four bytes of seconds, five of the process, three that count; 24 hex digits as text. */
export class ObjectId {
  readonly #hex: string;

  /** @throws {TypeError} For a text that is no id. */
  constructor(hex: string = make()) {
    if (!ObjectId.isValid(hex)) throw new TypeError(`"${hex}" is no id: an id has 24 hex digits`);
    this.#hex = hex.toLowerCase();
  }

  static isValid(value: unknown): value is string {
    return typeof value === "string" && /^[0-9a-f]{24}$/i.test(value);
  }

  toString(): string {
    return this.#hex;
  }

  toHexString(): string {
    return this.#hex;
  }

  /** JSON has the text. */
  toJSON(): string {
    return this.#hex;
  }

  equals(other: ObjectId | string): boolean {
    return this.#hex === other.toString().toLowerCase();
  }

  getTimestamp(): Date {
    return new Date(Number.parseInt(this.#hex.slice(0, 8), 16) * 1_000);
  }
}

function make(): string {
  counter = (counter + 1) % 0x1000000;
  const seconds = Math.floor(Date.now() / 1_000);
  return seconds.toString(16).padStart(8, "0") + machine + counter.toString(16).padStart(6, "0");
}
