/** Of this package. */
export const version = "0.1.0";

/** What this SDK calls itself on the wire. */
export const sdkName = `stepwell-js:v${version}`;

/** The version of the protocol's parallelism that this SDK speaks. */
export const executionVersion = 2;
