/** Bits of `runs.ties`: what of a run its end has to tidy up besides its own rows. */
export const runTies = {
  /** Cancel rules, deadlines. */
  rules: 1,
  /** A step of another run waits for its end. */
  parent: 2,
  /** Children that end with it. */
  children: 4,
  /** It has the key of a singleton. */
  singleton: 8,
} as const;
