import type { KeySummary } from "./key-ring.ts";

/** A key as the API and the command line show it. */
export interface KeyView {
  readonly id: string;
  readonly kind: KeySummary["kind"];
  readonly name: string | null;
  readonly endsIn: string;
  readonly source: KeySummary["source"];
  readonly state: KeySummary["state"];
  readonly createdAt: string | null;
  readonly revokedAt: string | null;
  /** Of a key that was replaced: until then it is taken beside its successor. */
  readonly endsAt: string | null;
}

export function keyView({ name, createdAt, revokedAt, endsAt, ...rest }: KeySummary): KeyView {
  return {
    ...rest,
    name: name ?? null,
    createdAt: iso(createdAt),
    revokedAt: iso(revokedAt),
    endsAt: iso(endsAt),
  };
}

function iso(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
