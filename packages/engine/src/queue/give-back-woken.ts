import type { Store } from "@stepwell/store";
import type { BatchWriter } from "../writer/batch-writer.ts";
import type { WokenRuns } from "./woken-runs.ts";

/** Hands back all that was leased when it was woken and is in nobody's hand yet. */
export async function giveBackWoken(store: Store, writer: BatchWriter, woken: WokenRuns): Promise<void> {
  await Promise.all(
    woken.take(woken.size).map(({ runSeq, generation, rank }) => {
      const lease = { kind: "own", runSeq, holderId: store.holder.id, generation } as const;
      // What cannot be given back is freed by the next owner of the file.
      return writer.commit({ kind: "release", lease, rank }).catch(() => undefined);
    }),
  );
}
