import { type EpochMs, epochMs, limits } from "@stepwell/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { AlertRule } from "./alert-settings.ts";
import { type AlertState, noAlerts, type PendingNotice, readAlertState } from "./alert-state.ts";
import { type AlertSignal, decideAlerts } from "./decide-alerts.ts";
import { decideDelivery } from "./decide-delivery.ts";

const rule: AlertRule = { name: "r", kind: "schedule-missed", channels: ["ops", "mail"] };
const t0 = Date.UTC(2026, 0, 1);
const at = (ms: number): EpochMs => epochMs(t0 + ms);

function decide(
  state: AlertState,
  now: number,
  signal: Partial<AlertSignal> | undefined,
  rules: readonly AlertRule[] = [rule],
): AlertState {
  const signals = signal === undefined ? [] : [{ rule: "r", firing: [], clear: [], ...signal }];
  return decideAlerts({ rules, channels: ["ops", "mail"], state, signals, now: at(now) });
}

const firing = { firing: [{ subject: "f", text: "f fails" }] };
const clear = { clear: ["f"] };
const kinds = ({ pending }: AlertState) => pending.map(({ notice, channel }) => `${notice.kind} ${channel}`);

test("a condition is told of once to each channel, and once when it has been over for long enough", () => {
  const first = decide(noAlerts, 0, firing);
  expect(kinds(first)).toEqual(["firing ops", "firing mail"]);
  const again = decide({ ...first, pending: [] }, 10_000, { firing: [{ subject: "f", text: "f fails more" }] });
  expect(again).toEqual({ open: [{ rule: "r", subject: "f", text: "f fails more", since: at(0) }], pending: [], watchedSince: {} });
  const over = decide(again, 20_000, clear);
  expect(over).toMatchObject({ open: [{ clearSince: at(20_000) }], pending: [] });
  expect(decide(over, 20_000 + limits.alertQuietMs - 1, clear).open).toHaveLength(1);
  const end = decide(over, 20_000 + limits.alertQuietMs, clear);
  expect(end.open).toEqual([]);
  expect(end.pending[0]?.notice).toEqual({
    ...{ kind: "recovered", rule: "r", subject: "f", since: at(0), at: at(20_000 + limits.alertQuietMs) },
    text: "over after 20s: f fails more",
  });
});

test("one that comes and goes is one alert", () => {
  let state = decide(noAlerts, 0, firing);
  for (let n = 1; n < 20; n += 1) state = decide(state, n * (limits.alertQuietMs / 2), n % 2 === 0 ? firing : clear);
  expect(kinds(state)).toEqual(["firing ops", "firing mail"]);
});

test("what is not seen stays as it is; a rule or a channel that is gone takes its own along and tells nobody", () => {
  const state = decide(noAlerts, 0, firing);
  expect(decide(state, limits.alertQuietMs * 3, undefined)).toEqual(state);
  expect(decide(state, 1, undefined, []).open).toEqual([]);
  const left = decideAlerts({ rules: [rule], channels: ["mail"], state, signals: [], now: at(1) });
  expect(kinds(left)).toEqual(["firing mail"]);
});

test("an outage of everything is no flood: so many alerts of a rule begin at a time, and so many notices are kept", () => {
  const subjects = Array.from({ length: limits.alertsPerRuleMax + 5 }, (_, index) => ({ subject: `f${index}`, text: "" }));
  expect(decide(noAlerts, 0, { firing: subjects }).open).toHaveLength(limits.alertsPerRuleMax);
  let state = noAlerts;
  for (let n = 0; n * limits.alertsPerRuleMax * 2 <= limits.alertsPendingMax; n += 1)
    state = decide({ ...state, open: [] }, n, { firing: subjects.map(({ subject }) => ({ subject: `${n} ${subject}`, text: "" })) });
  expect(state.pending).toHaveLength(limits.alertsPendingMax);
});

test("whatever comes, a subject is never told of twice in a row in the same way", () => {
  const step = fc.record({ ms: fc.nat({ max: 100_000 }), seen: fc.constantFrom("firing", "clear", "unknown") });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let state = noAlerts;
      let now = 0;
      for (const { ms, seen } of steps) {
        now += ms;
        state = decide(state, now, seen === "firing" ? firing : seen === "clear" ? clear : undefined);
      }
      const told = state.pending.filter(({ channel }) => channel === "ops").map(({ notice }) => notice.kind);
      expect(told).toEqual(told.map((_, index) => (index % 2 === 0 ? "firing" : "recovered")));
      expect(state.open).toHaveLength(told.length % 2);
    }),
  );
});

test("a notice that does not go is tried again, later each time, and given up after a bound", () => {
  let pending = decide(noAlerts, 0, firing).pending[0] as PendingNotice;
  const pauses: number[] = [];
  let now = at(0);
  for (;;) {
    const decision = decideDelivery(pending, "refused", now);
    if (decision.kind !== "again") {
      expect(decision.kind).toBe("given_up");
      break;
    }
    pauses.push(decision.pending.dueAt - now);
    pending = decision.pending;
    now = epochMs(pending.dueAt);
  }
  expect(pauses).toEqual([5_000, 30_000, 120_000, 600_000]);
  expect(decideDelivery(pending, undefined, now)).toEqual({ kind: "delivered" });
});

test("a rule that tells of what is new remembers since when it looks, as long as it is there", () => {
  const watching: AlertRule = { name: "w", kind: "new-error-group", channels: [] };
  const first = decide(noAlerts, 5, undefined, [rule, watching]);
  expect(first.watchedSince).toEqual({ w: at(5) });
  expect(readAlertState(JSON.stringify(decide(first, 99, undefined, [watching]))).watchedSince).toEqual({ w: at(5) });
  expect(decide(first, 99, undefined).watchedSince).toEqual({});
});

test("what is kept is read as it was; what is damaged counts as nothing", () => {
  const state = decide(decide(noAlerts, 0, firing), 1, clear);
  expect(readAlertState(JSON.stringify(state))).toEqual(state);
  for (const text of [undefined, "{", "[]", '{"open":1}']) expect(readAlertState(text)).toEqual(noAlerts);
  expect(readAlertState('{"open":[{"rule":1}],"pending":[null]}')).toEqual(noAlerts);
});
