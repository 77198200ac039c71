/** Of this package. */
export const version = "0.1.0";

/** What this SDK calls itself on the wire. */
export const sdkName = `stepwell-js:v${version}`;
