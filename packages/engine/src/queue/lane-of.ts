/** The lane of a function that nothing limits: its items share no key, so one lane orders them all. */
export const unlimitedLane = "";
