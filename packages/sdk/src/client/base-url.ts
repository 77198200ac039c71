import { StepwellError } from "@stepwell/protocol";

const address = /^https?:\/\/(?:[^/?#@:]+|\[[\da-f:.]+\])(?::\d+)?(?:[/?#]|$)/i;
/** The one that was looked at last: each request of a client asks about the same. */
let lastGood: string | undefined;

/** `undefined`: it is an address. */
export function baseUrlInvalid(url: string | undefined): StepwellError | undefined {
  if (url === undefined || url === lastGood) return undefined;
  if (address.test(url) && URL.canParse(url)) {
    lastGood = url;
    return undefined;
  }
  return new StepwellError("base_url_invalid", `the server's address is "${url}", which is no address of the web`, {
    retryable: false,
    advice:
      "Set STEPWELL_BASE_URL to its scheme and host: https://stepwell.example.com, or http://localhost:8288. STEPWELL_DEV is 1, 0 or such an address.",
  });
}

/** In production the server's address is not guessed: events would go to somebody else's. */
export function baseUrlMissing(): StepwellError {
  return new StepwellError("base_url_missing", "the address of the server is not known: set STEPWELL_BASE_URL (or INNGEST_BASE_URL)", {
    retryable: false,
    advice: "On a laptop set STEPWELL_DEV=1, which means http://localhost:8288.",
  });
}
