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
  // One text of sixteen characters costs half of what sixteen texts put together do; ids are made with every call.
  return (
    timeText(timeMs) +
    String.fromCharCode(
      code(a >> 3),
      code((a << 2) | (b >> 6)),
      code(b >> 1),
      code((b << 4) | (c >> 4)),
      code((c << 1) | (d >> 7)),
      code(d >> 2),
      code((d << 3) | (f >> 5)),
      code(f),
      code(g >> 3),
      code((g << 2) | (h >> 6)),
      code(h >> 1),
      code((h << 4) | (i >> 4)),
      code((i << 1) | (j >> 7)),
      code(j >> 2),
      code((j << 3) | (k >> 5)),
      code(k),
    )
  );
}

const codes = Uint8Array.from(alphabet, (character) => character.charCodeAt(0));

/** The character of the lowest five bits. */
function code(bits: number): number {
  return codes[bits & 31] as number;
}
