import { epochMs, eventMapJson } from "@stepwell/protocol";
import { expect, test } from "vitest";
import { tickDedupeKey, tickEvent } from "./tick-event.ts";

const scheduledAt = epochMs(Date.UTC(2026, 10, 21, 13, 26));

test("apps see a tick as they do elsewhere", () => {
  const { externalId = "", name, ts = 0, data } = tickEvent("* * * * *", { scheduledAt, fireAt: scheduledAt });
  const seen = eventMapJson({ id: externalId, name, ts, data: JSON.stringify(data) as never });
  // As a call of the reference carried it.
  expect(JSON.parse(seen)).toEqual({
    data: { cron: "* * * * *", fireAt: "2026-11-21T13:26:00Z", scheduledAt: "2026-11-21T13:26:00Z" },
    id: "2026-11-21T13:26:00Z",
    name: "inngest/scheduled.timer",
    ts: 1_795_267_560_000,
    user: {},
  });
});

test("jitter moves the time of the event and leaves its id", () => {
  const event = tickEvent("TZ=Europe/Paris * * * * *", { scheduledAt, fireAt: epochMs(scheduledAt + 7_250) });
  expect(event).toMatchObject({ externalId: "2026-11-21T13:26:00Z", ts: scheduledAt + 7_250 });
  expect(event.data).toEqual({
    cron: "TZ=Europe/Paris * * * * *",
    scheduledAt: "2026-11-21T13:26:00Z",
    fireAt: "2026-11-21T13:26:07.250Z",
  });
});

test("expressions that meet at one moment are two ticks", () => {
  const tick = { scheduledAt, fireAt: scheduledAt };
  expect(tickEvent("* * * * *", tick).externalId).toBe(tickEvent("26 * * * *", tick).externalId);
  expect(tickDedupeKey("* * * * *", tick)).not.toBe(tickDedupeKey("26 * * * *", tick));
  expect(tickDedupeKey("* * * * *", tick)).toBe(tickDedupeKey("* * * * *", { ...tick, fireAt: epochMs(scheduledAt + 5) }));
});
