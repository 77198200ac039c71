// The keys of a server: those its settings name, which stay as they are while it runs, and those it keeps in its store,
// which come and go. Requests read `signingKeys` and `isEventKey`, always the present ones.
//
// K1. A change is in the store before it has an effect or is answered.
// K2. Changes follow each other: each begins with what the one before it left.
// K3. Of each kind at least one key without an end is left: revoking the last would lock out everybody, and the next start
//     would make one that nobody asked for.
// K4. A key that was replaced ends by itself, at its time and without a write: every look asks the clock.

import { bearerHash, equalInConstantTime, limits, StepwellError } from "@stepwell/protocol";
import type { SettingsStore } from "@stepwell/store";
import type { RefusalCode } from "../refusals.ts";
import { endOverdueKeys, type KeyKind, type KeyRecord, keysSetting, readKeyRecords, writeKeyRecords } from "./key-record.ts";
import { eventKeyDigest, keyEnd, keyId, makeKey } from "./make-key.ts";

/** SDKs tell at least so much of a hash. */
const keyHashStartLength = 12;

export interface GivenKeys {
  readonly signingKeys: readonly string[];
  readonly eventKeys: readonly string[];
}

export interface KeyRingParts {
  readonly given: GivenKeys;
  /** Where keys are kept; absent: there are none but the given ones, as in a dev server that asks for none. */
  readonly store?: SettingsStore;
  readonly wallNow: () => number;
}

/** What may be said of a key. */
export interface KeySummary {
  readonly id: string;
  readonly kind: KeyKind;
  readonly name: string | undefined;
  readonly endsIn: string;
  readonly source: "settings" | "store";
  /** Of the signing keys one signs what the server sends; all of them verify. */
  readonly state: "signs" | "active" | "revoked";
  readonly createdAt: number | undefined;
  readonly revokedAt: number | undefined;
  readonly endsAt: number | undefined;
}

export type KeyRefusal = { readonly kind: "refused"; readonly code: RefusalCode; readonly message: string };
export type KeyCreation = { readonly kind: "created"; readonly key: string; readonly summary: KeySummary } | KeyRefusal;
export type KeyRotation =
  | { readonly kind: "rotated"; readonly key: string; readonly summary: KeySummary; readonly replaced: KeySummary }
  | KeyRefusal;
export type KeyRevocation = { readonly kind: "revoked"; readonly summary: KeySummary } | KeyRefusal;

/**
 * The keys of a server as its store has them.
 *
 * @throws {StepwellError} `key_revoked`: the settings name a key that was revoked.
 */
export async function loadKeyRing(parts: KeyRingParts): Promise<KeyRing> {
  const records = endOverdueKeys(readKeyRecords(await parts.store?.get(keysSetting)), parts.wallNow());
  const named = givenRecords(parts.given);
  for (const record of records) {
    if (record.revokedAt === undefined || !named.some(({ id }) => id === record.id)) continue;
    throw new StepwellError("key_revoked", `the ${record.kind} key …${record.endsIn} of the settings was revoked (${record.id})`, {
      retryable: false,
      advice: `Take it out of --${record.kind}-key, the environment or the configuration file.`,
    });
  }
  return new KeyRing(parts, records);
}

export class KeyRing {
  readonly #given: readonly KeyRecord[];
  readonly #store: SettingsStore | undefined;
  readonly #wallNow: () => number;
  #records: readonly KeyRecord[];
  #signingKeys: readonly string[] = [];
  #eventDigests: readonly string[] = [];
  /** When the next key ends by itself. */
  #nextEndAt = Number.POSITIVE_INFINITY;
  #changes: Promise<unknown> = Promise.resolve();

  constructor(parts: KeyRingParts, records: readonly KeyRecord[] = []) {
    this.#given = givenRecords(parts.given);
    this.#store = parts.store;
    this.#wallNow = parts.wallNow;
    this.#records = records;
    this.#derive();
  }

  /** The first signs; all of them verify. */
  get signingKeys(): readonly string[] {
    this.#endOverdue();
    return this.#signingKeys;
  }

  get hasEventKeys(): boolean {
    this.#endOverdue();
    return this.#eventDigests.length > 0;
  }

  isEventKey(key: string): boolean {
    return this.isEventDigest(eventKeyDigest(key));
  }

  /** Whether a digest, as SDKs tell it of their event key, is of one of ours. */
  isEventDigest(digest: string): boolean {
    this.#endOverdue();
    let isKnown = false;
    for (const known of this.#eventDigests) if (equalInConstantTime(digest, known)) isKnown = true;
    return isKnown;
  }

  /** Which of the signing keys an app has, by the beginning of the key's hash, as SDKs tell it. */
  async signingKeyIdOf(hashStart: string): Promise<string | undefined> {
    if (hashStart.length < keyHashStartLength) return undefined;
    for (const key of this.signingKeys) if ((await bearerHash(key)).startsWith(hashStart)) return keyId("signing", key);
    return undefined;
  }

  /** Those of the settings first, then by age. */
  list(): readonly KeySummary[] {
    this.#endOverdue();
    const stored = this.#records.filter(({ id }) => !this.#given.some((given) => given.id === id));
    const signer = this.#active("signing")[0]?.id;
    return [...this.#given, ...stored].map((record) => ({
      id: record.id,
      kind: record.kind,
      name: record.name,
      endsIn: record.endsIn,
      source: this.#given.includes(record) ? "settings" : "store",
      state: record.revokedAt !== undefined ? "revoked" : record.kind === "signing" && record.id === signer ? "signs" : "active",
      createdAt: record.createdAt === 0 ? undefined : record.createdAt,
      revokedAt: record.revokedAt,
      endsAt: record.revokedAt === undefined ? record.endsAt : undefined,
    }));
  }

  /** The key's text is in the answer and nowhere else, ever. */
  create(params: { readonly kind: KeyKind; readonly name: string | undefined }): Promise<KeyCreation> {
    return this.#change(async () => {
      if (this.#store === undefined) return notInUse;
      if (!this.#hasRoom()) return tooMany;
      const key = makeKey(params.kind);
      await this.#save([...this.#records, recordOf(params.kind, key, { name: params.name, createdAt: this.#wallNow() })]);
      return { kind: "created", key, summary: this.#summaryOf(keyId(params.kind, key)) };
    });
  }

  /** By its id or a beginning of it. Twice is once. */
  revoke(idStart: string): Promise<KeyRevocation> {
    return this.#change(async () => {
      const found = this.#find(idStart);
      if ("code" in found) return found;
      if (found.state === "revoked") return { kind: "revoked", summary: found };
      if (found.source === "settings") return fromSettings(found);
      const lasting = this.#active(found.kind).filter(({ endsAt }) => endsAt === undefined);
      if (found.endsAt === undefined && lasting.length === 1)
        return { kind: "refused", code: "key_is_last", message: `…${found.endsIn} is the only ${found.kind} key` };
      const revokedAt = this.#wallNow();
      await this.#save(this.#records.map((record) => (record.id === found.id ? { ...record, secret: undefined, revokedAt } : record)));
      return { kind: "revoked", summary: this.#summaryOf(found.id) };
    });
  }

  /**
   * Makes a successor of a key, which is taken at once. The key itself goes on being taken for `overlapMs` more, and if it is
   * the one that signs, signing; then it is revoked and the successor has its place. One write: there is no state between.
   */
  rotate({ idStart, overlapMs }: { readonly idStart: string; readonly overlapMs: number }): Promise<KeyRotation> {
    return this.#change(async () => {
      const found = this.#find(idStart);
      if ("code" in found) return found;
      const about = `the ${found.kind} key …${found.endsIn} (${found.id})`;
      if (found.state === "revoked") return { kind: "refused", code: "key_not_found", message: `${about} was revoked` };
      if (found.source === "settings") return fromSettings(found);
      if (found.endsAt !== undefined)
        return {
          kind: "refused",
          code: "key_replaced",
          message: `${about} was replaced, and ends at ${new Date(found.endsAt).toISOString()}`,
        };
      if (!this.#hasRoom()) return tooMany;
      const now = this.#wallNow();
      const key = makeKey(found.kind);
      const ended = this.#records.map((record) => (record.id === found.id ? { ...record, endsAt: now + overlapMs } : record));
      await this.#save([...ended, recordOf(found.kind, key, { name: found.name, createdAt: now })]);
      const replaced = this.list().find(({ id }) => id === found.id) ?? { ...found, state: "revoked", revokedAt: now };
      return { kind: "rotated", key, summary: this.#summaryOf(keyId(found.kind, key)), replaced };
    });
  }

  /** At the first start: one key of each kind that has none. Answers what it made. */
  makeMissing(): Promise<readonly { readonly kind: KeyKind; readonly key: string }[]> {
    return this.#change(async () => {
      const made = (["signing", "event"] as const)
        .filter((kind) => this.#active(kind).length === 0)
        .map((kind) => ({ kind, key: makeKey(kind) }));
      const createdAt = this.#wallNow();
      if (made.length > 0)
        await this.#save([...this.#records, ...made.map(({ kind, key }) => recordOf(kind, key, { name: "first start", createdAt }))]);
      return made;
    });
  }

  #find(idStart: string): KeySummary | KeyRefusal {
    if (this.#store === undefined) return notInUse;
    const [found, ...others] = idStart === "" ? [] : this.list().filter(({ id }) => id.startsWith(idStart));
    if (found !== undefined && others.length === 0) return found;
    const what = others.length > 0 ? "several keys have ids that begin" : "no key has an id that begins";
    return { kind: "refused", code: "key_not_found", message: `${what} with "${idStart.slice(0, 100)}"` };
  }

  #hasRoom(): boolean {
    this.#endOverdue();
    return this.#records.length < limits.keysMax || this.#records.some(({ revokedAt }) => revokedAt !== undefined);
  }

  /** What is in the store still says when; it is written as revoked with the next change. */
  #endOverdue(): void {
    const now = this.#wallNow();
    if (now < this.#nextEndAt) return;
    this.#records = endOverdueKeys(this.#records, now);
    this.#derive();
  }

  #active(kind: KeyKind): readonly KeyRecord[] {
    const stored = this.#records.filter(({ id }) => !this.#given.some((given) => given.id === id));
    return [...this.#given, ...stored].filter((record) => record.kind === kind && record.revokedAt === undefined);
  }

  #summaryOf(id: string): KeySummary {
    const summary = this.list().find((each) => each.id === id);
    if (summary === undefined) throw new Error(`the key ${id} was written and is not there`);
    return summary;
  }

  #change<Result>(work: () => Promise<Result>): Promise<Result> {
    const change = this.#changes.then(work);
    this.#changes = change.catch(() => undefined);
    return change;
  }

  async #save(records: readonly KeyRecord[]): Promise<void> {
    const kept = withoutOldest(endOverdueKeys(records, this.#wallNow()));
    await this.#store?.set(keysSetting, writeKeyRecords(kept));
    this.#records = kept;
    this.#derive();
  }

  #derive(): void {
    const secrets = (kind: KeyKind): readonly string[] =>
      this.#active(kind).flatMap(({ secret }) => (secret === undefined ? [] : [secret]));
    this.#signingKeys = secrets("signing");
    this.#eventDigests = secrets("event");
    const ends = this.#records.flatMap(({ endsAt, revokedAt }) => (endsAt === undefined || revokedAt !== undefined ? [] : [endsAt]));
    this.#nextEndAt = Math.min(...ends);
  }
}

const notInUse: KeyRefusal = { kind: "refused", code: "keys_not_in_use", message: "this dev server asks for no keys, and keeps none" };
const tooMany: KeyRefusal = {
  kind: "refused",
  code: "keys_too_many",
  message: `there are ${limits.keysMax} keys, and more are not kept (keysMax)`,
};

function fromSettings({ kind, endsIn }: KeySummary): KeyRefusal {
  return { kind: "refused", code: "key_from_settings", message: `the ${kind} key …${endsIn} stands in the server's settings` };
}

function givenRecords({ signingKeys, eventKeys }: GivenKeys): readonly KeyRecord[] {
  const about = { name: undefined, createdAt: 0 };
  const records = [...signingKeys.map((key) => recordOf("signing", key, about)), ...eventKeys.map((key) => recordOf("event", key, about))];
  return records.filter((record, index) => records.findIndex(({ id }) => id === record.id) === index);
}

function recordOf(kind: KeyKind, key: string, { name, createdAt }: Pick<KeyRecord, "name" | "createdAt">): KeyRecord {
  const secret = kind === "signing" ? key : eventKeyDigest(key);
  return { id: keyId(kind, key), kind, name, endsIn: keyEnd(key), secret, createdAt, revokedAt: undefined, endsAt: undefined };
}

/** Revoked keys are remembered so that they stay refused; the oldest of them make room. */
function withoutOldest(records: readonly KeyRecord[]): readonly KeyRecord[] {
  const excess = records.length - limits.keysMax;
  const gone = new Set(records.filter(({ revokedAt }) => revokedAt !== undefined).slice(0, Math.max(excess, 0)));
  return records.filter((record) => !gone.has(record));
}
