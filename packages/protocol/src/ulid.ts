// ULIDs: 48 bits of time and 80 of entropy as 26 characters of Crockford's base 32.

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

let lastTimeMs = -1;
let lastTimeText = "";

/** The ten characters of the time. Most ids of a busy moment share them, so the last one is kept. */
function timeText(timeMs: number): string {
  if (timeMs === lastTimeMs) return lastTimeText;
  let rest = timeMs;
  let text = "";
  for (let place = 0; place < 10; place += 1) {
    text = alphabet[rest % 32] + text;
    rest = Math.floor(rest / 32);
  }
  lastTimeMs = timeMs;
  lastTimeText = text;
  return text;
}

/**
 * Encodes a ULID.
 *
 * @param timeMs - Milliseconds since 1970, 0 to 2^48 - 1.
 * @param entropy - Ten bytes.
 */
export function encodeUlid(timeMs: number, entropy: Uint8Array): string {
  const e = entropy;
  const [a, b, c, d, f] = [e[0] ?? 0, e[1] ?? 0, e[2] ?? 0, e[3] ?? 0, e[4] ?? 0];
  const [g, h, i, j, k] = [e[5] ?? 0, e[6] ?? 0, e[7] ?? 0, e[8] ?? 0, e[9] ?? 0];
  return timeText(timeMs) + fiveBytes(a, b, c, d, f) + fiveBytes(g, h, i, j, k);
}

/** Five bytes are forty bits are eight characters. */
function fiveBytes(a: number, b: number, c: number, d: number, e: number): string {
  return (
    (alphabet[a >> 3] as string) +
    alphabet[((a & 7) << 2) | (b >> 6)] +
    alphabet[(b >> 1) & 31] +
    alphabet[((b & 1) << 4) | (c >> 4)] +
    alphabet[((c & 15) << 1) | (d >> 7)] +
    alphabet[(d >> 2) & 31] +
    alphabet[((d & 3) << 3) | (e >> 5)] +
    alphabet[e & 31]
  );
}
