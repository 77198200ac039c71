// Loaded into each program of `npm start` before the program itself: when the launcher is gone, killed or crashed, the
// program is told to stop as the launcher would have told it. Otherwise it would live on and hold its port.

import { isMainThread } from "node:worker_threads";

const endMsMax = 10_000;

if (isMainThread && process.connected === true) {
  process.once("disconnect", () => {
    // Nobody reads what it prints any more, which is no reason to end halfway through a stop.
    for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
    setTimeout(() => process.exit(1), endMsMax).unref();
    process.kill(process.pid, "SIGTERM");
  });
  // To listen must not keep a program alive that has nothing else to do.
  process.channel?.unref();
}
