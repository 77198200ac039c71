// How keys are kept: one setting of the store, as JSON. Of an event key only the digest is there, which is all that
// checking needs; a signing key is there in full, because the server signs with it.

import { isObject, parseJson, textOf } from "@stepwell/protocol";

export type KeyKind = "signing" | "event";

export interface KeyRecord {
  /** The beginning of a digest of its text: it names the key and tells nothing of it. */
  readonly id: string;
  readonly kind: KeyKind;
  readonly name: string | undefined;
  /** Its last characters, so that people know which one it is. */
  readonly endsIn: string;
  /** Of a signing key its text, of an event key the SHA-256 of it. A revoked key has lost it. */
  readonly secret: string | undefined;
  readonly createdAt: number;
  readonly revokedAt: number | undefined;
  /** Of a key that was replaced: until then it is taken beside its successor. */
  readonly endsAt: number | undefined;
}

/** The setting's name in the store. */
export const keysSetting = "keys";

export function writeKeyRecords(records: readonly KeyRecord[]): string {
  return JSON.stringify(records);
}

/** @throws {Error} The text is not what was written. */
export function readKeyRecords(text: string | undefined): readonly KeyRecord[] {
  if (text === undefined) return [];
  const value = parseJson(text);
  if (!Array.isArray(value)) throw new Error(`the setting "${keysSetting}" of the database is damaged: it holds no list`);
  return value.map(readRecord);
}

function readRecord(value: unknown): KeyRecord {
  const fields = isObject(value) ? value : {};
  const [id, endsIn, kind] = [textOf(fields["id"]), textOf(fields["endsIn"]), fields["kind"]];
  if (id === undefined || endsIn === undefined || (kind !== "signing" && kind !== "event"))
    throw new Error(`the setting "${keysSetting}" of the database is damaged: an entry is no key`);
  return {
    id,
    kind,
    name: textOf(fields["name"]),
    endsIn,
    secret: textOf(fields["secret"]),
    createdAt: Number(fields["createdAt"]),
    revokedAt: typeof fields["revokedAt"] === "number" ? fields["revokedAt"] : undefined,
    endsAt: typeof fields["endsAt"] === "number" ? fields["endsAt"] : undefined,
  };
}

/** Keys whose time is over are revoked, as of the moment at which it was. */
export function endOverdueKeys(records: readonly KeyRecord[], now: number): readonly KeyRecord[] {
  return records.map((record) =>
    record.revokedAt === undefined && record.endsAt !== undefined && record.endsAt <= now
      ? { ...record, secret: undefined, revokedAt: record.endsAt }
      : record,
  );
}
