// SHA-1, synchronous and without a platform: step ids are hashed while user code runs, on every runtime.

type Words = readonly [number, number, number, number, number];

/** The lower-case hex digest of the text's UTF-8 bytes. */
export function sha1Hex(text: string): string {
  let hex = "";
  for (const word of digest(new TextEncoder().encode(text))) hex += (word >>> 0).toString(16).padStart(8, "0");
  return hex;
}

/** The 20 bytes of the digest. */
export function sha1Bytes(bytes: Uint8Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(20));
  for (const [index, word] of digest(bytes).entries()) view.setInt32(index * 4, word);
  return new Uint8Array(view.buffer);
}

/** All of it is arithmetic of 32 bits, whose sign does not matter. */
function digest(bytes: Uint8Array): Words {
  const view = pad(bytes);
  const words: number[] = [];
  let state: Words = [0x67452301, ~0x10325476, ~0x67452301, 0x10325476, ~0x3c2d1e0f];
  for (let offset = 0; offset < view.byteLength; offset += 64) {
    let [a, b, c, d, e] = state;
    for (let i = 0; i < 80; i += 1) {
      const word =
        i < 16 ? view.getInt32(offset + i * 4) : rotate(at(words, i - 3) ^ at(words, i - 8) ^ at(words, i - 14) ^ at(words, i - 16), 1);
      words[i] = word;
      const next = (rotate(a, 5) + choose(i, b, c, d) + e + word) | 0;
      e = d;
      d = c;
      c = rotate(b, 30);
      b = a;
      a = next;
    }
    state = [(state[0] + a) | 0, (state[1] + b) | 0, (state[2] + c) | 0, (state[3] + d) | 0, (state[4] + e) | 0];
  }
  return state;
}

/** One bit, zeros up to a multiple of 64 bytes less eight, then the length in bits. */
function pad(bytes: Uint8Array): DataView {
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n);
  return view;
}

/** The function and constant of a round. */
function choose(round: number, b: number, c: number, d: number): number {
  if (round < 20) return (d ^ (b & (c ^ d))) + 0x5a827999;
  if (round < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (round < 60) return ((b & c) | (d & (b | c))) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

function at(words: readonly number[], index: number): number {
  return words[index] as number;
}
