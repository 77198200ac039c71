import { type JsonObject, parseJson, type StoreSeq } from "@stepwell/protocol";
import type { ReportsStore, StoredEvent } from "@stepwell/store";

/** An event as it was sent. */
export interface TestEvent {
  readonly id: string;
  readonly name: string;
  readonly data: JsonObject;
  /** Epoch milliseconds of engine time. */
  readonly ts: number;
}

const pageSize = 200;

/** In the order in which they were stored. Those that the engine makes itself are told only by their name. */
export async function readEvents(reports: ReportsStore, name: string | undefined): Promise<readonly TestEvent[]> {
  const events: StoredEvent[] = [];
  for (let before: StoreSeq | undefined, hasOlder = true; hasOlder; ) {
    const page = await reports.listEvents(name === undefined ? {} : { names: [name] }, {
      limit: pageSize,
      ...(before === undefined ? {} : { before }),
    });
    events.push(...page.rows);
    hasOlder = page.hasOlder;
    before = page.rows.at(-1)?.seq;
  }
  return events
    .filter((event) => name !== undefined || !event.name.startsWith("inngest/"))
    .toReversed()
    .map(({ id, externalId, name: eventName, data, ts }) => ({
      id: externalId ?? id,
      name: eventName,
      data: parseJson(data) as JsonObject,
      ts,
    }));
}
