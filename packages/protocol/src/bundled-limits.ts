// Limits that applications bundle with the SDK. They stand apart from the others, which a bundler cannot take out of their
// table: with it each application would have four kilobytes more.

/** Retries of a function that does not say how many. */
export const retriesDefault = 4;
/** Retries of a function at most. */
export const retriesMax = 20;
/** The arguments of one step, in bytes: as much as an event. Longer ones are not recorded, and the step runs all the same. */
export const stepInputBytesMax = 256 * 1_024;
/** How long a call may take, in ms, its body included. */
export const callMsMax = 2 * 60 * 60_000;
/** How old a signed request may be, or how far in the future, in ms. */
export const signatureAgeMsMax = 300_000;
/** The body of a request to the path of an app's functions, in bytes: the largest is a list of events. Whoever sends more has no key yet. */
export const servedBodyBytesMax = 32 * 1_024 * 1_024;
/** The result of one step, in bytes. */
export const stepOutputBytesMax = 4 * 1_024 * 1_024;
