/** How a server is set up. */
export interface ServerSettings {
  readonly mode: "dev" | "start";
  readonly version: string;
  /** Any key passes where there is none and the mode is dev. */
  readonly eventKeys: readonly string[];
  /** The first signs; all of them verify. */
  readonly signingKeys: readonly string[];
  /** Names a request may be addressed to, besides those of this machine. */
  readonly allowHosts: readonly string[];
  readonly storeKind: string;
  readonly project?: string;
  readonly discovery: boolean;
}

export type ServerKind = "dev" | "cloud";

/** How SDKs call the two modes. */
export function serverKindOf(settings: ServerSettings): ServerKind {
  return settings.mode === "dev" ? "dev" : "cloud";
}
