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
}

export function keyView({ name, createdAt, revokedAt, ...rest }: KeySummary): KeyView {
  return {
    ...rest,
    name: name ?? null,
    createdAt: createdAt === undefined ? null : new Date(createdAt).toISOString(),
    revokedAt: revokedAt === undefined ? null : new Date(revokedAt).toISOString(),
  };
}
