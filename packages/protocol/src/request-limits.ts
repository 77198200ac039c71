// Limits of what an app asks its server. They stand apart from those that applications bundle, since they are loaded with the
// first request: a bundler would make one more file of what both take.

/**
 * How long one try of a request to the server may take, in ms, from connecting to the end of the answer, and what each MiB of its body
 * adds to that. A commit takes milliseconds, and a server that is being replaced seconds; a slow line carries 4 Mbit/s.
 */
export const askMsMax = 10_000;
export const askMsPerMib = 2_000;
/** The same where a run's events or results are fetched, in ms: those are up to 32 MiB, and the line as slow. */
export const fetchStateMsMax = 80_000;
