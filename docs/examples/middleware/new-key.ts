import { EventSchemas, Stepwell, staticSchema } from "stepwell";
import { encryptionMiddleware } from "stepwell/encryption";

interface Letter {
  readonly order: string;
  readonly private: { readonly address: string };
}

const of = (options: Parameters<typeof encryptionMiddleware>[0]) =>
  new Stepwell({
    id: "post",
    schemas: new EventSchemas().fromSchema({ "letter/written": staticSchema<Letter>() }),
    middleware: [encryptionMiddleware({ eventEncryptionField: "private", ...options })],
  });

/** Until now. */
export const before = of({ key: "the old key" });

/** First every instance learns to read what the new key encrypts. */
export const learning = of({ key: "the old key", fallbackDecryptionKeys: ["the new key"] });

/** Then the new key encrypts, and what the old one did is still read. */
export const after = of({ key: "the new key", fallbackDecryptionKeys: ["the old key"] });

/** To take encryption back: nothing new is encrypted. */
export const ending = of({ key: "the new key", decryptOnly: true });
