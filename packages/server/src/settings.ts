import type { AlertKeeper } from "./alerts/alert-keeper.ts";
import type { KeyRing } from "./keys/key-ring.ts";
import type { SignIn } from "./sign-in/sign-in.ts";
import type { AddressGuard } from "./transport/address-guard.ts";

/** How a server is set up. */
export interface ServerSettings {
  readonly mode: "dev" | "start";
  readonly version: string;
  /** They come and go while the server runs. Where there are none and the mode is dev, any event key passes. */
  readonly keys: KeyRing;
  /** Absent: nobody needs to sign in. */
  readonly signIn?: SignIn;
  /** Absent: no alerts are configured. */
  readonly alerts?: AlertKeeper;
  /** Names a request may be addressed to, besides those of this machine. */
  readonly allowHosts: readonly string[];
  /** Where apps may be; anywhere without it. */
  readonly guard?: AddressGuard;
  readonly storeKind: string;
  readonly project?: string;
  readonly discovery: boolean;
  /** Without the routes that dashboards read. */
  readonly noUi?: boolean;
  /** Inside another server, which decides whom it lets in: no keys are asked for, and what apps call is left out. */
  readonly isMounted?: true;
  /** Addresses of apps that were given when the server was started. */
  readonly appUrls?: readonly string[];
}

export type ServerKind = "dev" | "cloud";

/** How SDKs call the two modes. */
export function serverKindOf(settings: ServerSettings): ServerKind {
  return settings.mode === "dev" ? "dev" : "cloud";
}
