// How the password is kept: salted and hashed, by a function that costs memory, so that whoever reads the database cannot
// try many. The costs stand beside the hash, so that they can be raised later without losing what is kept.

import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** 16 MiB and some 50 ms, off the event loop. The passwords that are made are too long to be guessed at any cost. */
const costs = { N: 2 ** 14, r: 8, p: 1 } as const;
const hashBytes = 32;
const saltBytes = 16;
const memoryBytesMax = 128 * 2 ** 20;

/** `scrypt$N$r$p$salt$hash`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await derive(password, salt, hashBytes, { ...costs, maxmem: memoryBytesMax });
  return ["scrypt", costs.N, costs.r, costs.p, salt.toString("base64url"), hash.toString("base64url")].join("$");
}

/**
 * Takes as long for a wrong password as for the right one.
 *
 * @throws {Error} The kept text is no hash.
 */
export async function isPassword(password: string, kept: string): Promise<boolean> {
  const { salt, hash, N, r, p } = readHash(kept);
  const given = await derive(password, salt, hash.length, { N, r, p, maxmem: memoryBytesMax });
  return timingSafeEqual(given, hash);
}

/** @throws {Error} It is none. */
export function readHash(kept: string): { readonly salt: Buffer; readonly hash: Buffer } & Record<"N" | "r" | "p", number> {
  const [, N, r, p, salt, hash] = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w-]+)\$([\w-]+)$/.exec(kept) ?? [];
  if (N === undefined || salt === undefined || hash === undefined)
    throw new Error('the setting "password" of the database is damaged: it holds no hash');
  return { salt: Buffer.from(salt, "base64url"), hash: Buffer.from(hash, "base64url"), N: Number(N), r: Number(r), p: Number(p) };
}
