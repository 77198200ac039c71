const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** The time in a ULID, in epoch milliseconds; `undefined` when the text is none. */
export function ulidTime(id: string): number | undefined {
  if (!/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(id)) return undefined;
  let ms = 0;
  for (const character of id.slice(0, 10)) ms = ms * 32 + alphabet.indexOf(character);
  return ms;
}
