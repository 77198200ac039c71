// The password of the people who look after a server, and who has signed in with it.
//
// S1. A password is told once, when it is made; what is kept is its hash. It is kept before it is told or has an effect.
// S2. Tries follow each other, one hash at a time, so that trying costs the server one thread and no more.
// S3. After some wrong ones within a minute each further try waits. The right password waits too and is then taken: nobody
//     can lock people out by trying.

import { randomBytes } from "node:crypto";
import { limits } from "@stepwell/protocol";
import type { SettingsStore } from "@stepwell/store";
import { hashPassword, isPassword, readHash } from "./password-hash.ts";
import { isSession, sealSession } from "./session.ts";

/** The setting's name in the store. */
const passwordSetting = "password";
const passwordBytes = 15;
const minuteMs = 60_000;

export interface SignInParts {
  readonly store: SettingsStore;
  readonly wallNow: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

export type SignInResult =
  | { readonly kind: "signed_in"; readonly session: string; readonly endsAt: number }
  | { readonly kind: "wrong" }
  /** So many tries wait that this one was not looked at. */
  | { readonly kind: "too_many" };

/** @throws {Error} What is kept is no hash. */
export async function loadSignIn(parts: SignInParts): Promise<SignIn> {
  const hash = await parts.store.get(passwordSetting);
  if (hash !== undefined) readHash(hash);
  return new SignIn(parts, hash);
}

export class SignIn {
  readonly #parts: SignInParts;
  #hash: string | undefined;
  #wrongAt: readonly number[] = [];
  #triesPending = 0;
  #tries: Promise<unknown> = Promise.resolve();

  constructor(parts: SignInParts, hash: string | undefined) {
    this.#parts = parts;
    this.#hash = hash;
  }

  /** The password, when there was none before. */
  async makeMissing(): Promise<string | undefined> {
    return this.#hash === undefined ? this.replace() : undefined;
  }

  /** A new password; whoever has signed in with the one before is signed out. */
  async replace(): Promise<string> {
    const password = randomBytes(passwordBytes).toString("base64url");
    const hash = await hashPassword(password);
    await this.#parts.store.set(passwordSetting, hash);
    this.#hash = hash;
    return password;
  }

  async signIn(password: string): Promise<SignInResult> {
    if (this.#triesPending >= limits.signInsPendingMax) return { kind: "too_many" };
    this.#triesPending += 1;
    const attempt = this.#tries.then(() => this.#try(password));
    this.#tries = attempt.catch(() => undefined);
    return attempt.finally(() => {
      this.#triesPending -= 1;
    });
  }

  isSession(text: string): boolean {
    return this.#hash !== undefined && isSession(this.#hash, text, this.#parts.wallNow());
  }

  async #try(password: string): Promise<SignInResult> {
    const { wallNow, sleep } = this.#parts;
    const recent = this.#wrongAt.filter((at) => at > wallNow() - minuteMs);
    if (recent.length >= limits.signInsWrongPerMinuteMax) await sleep(limits.signInDelayMs);
    const hash = this.#hash;
    if (hash === undefined || !(await isPassword(password, hash))) {
      this.#wrongAt = [...recent, wallNow()].slice(-limits.signInsWrongPerMinuteMax);
      return { kind: "wrong" };
    }
    const endsAt = wallNow() + limits.sessionMs;
    return { kind: "signed_in", session: sealSession(hash, endsAt), endsAt };
  }
}
