import { limits } from "@stepwell/protocol";
import { maxLength, nonEmpty, nullish, object, pipe, string, unknown } from "valibot";

/** A signal as it is sent: its name, and whatever whoever waits for it shall get. */
export const signalBody = object({
  signal: pipe(
    string("a signal has a name"),
    nonEmpty("a signal has a name"),
    maxLength(limits.signalNameLengthMax, `at most ${limits.signalNameLengthMax} characters (signalNameLengthMax)`),
  ),
  data: nullish(unknown()),
});
