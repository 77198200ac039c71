/** Runs `work` once everything that can go on in this turn of the event loop has done so. */
export const nextTurn: (work: () => void) => void = chooseNextTurn();

function chooseNextTurn(): (work: () => void) => void {
  const { setImmediate } = globalThis as { readonly setImmediate?: (work: () => void) => unknown };
  if (typeof setImmediate === "function") return (work) => void setImmediate(work);
  if (typeof MessageChannel === "undefined") return (work) => void setTimeout(work, 0);
  // Browsers and workers hold back nested timers for milliseconds; a message comes at once.
  return (work) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      work();
    };
    port2.postMessage(undefined);
  };
}
