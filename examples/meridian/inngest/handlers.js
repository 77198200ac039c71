// What the five functions do, whichever version of the SDK calls them. A step may run more than once (its process can die
// after the work and before the result is recorded), so each says what makes doing it twice the same as doing it once.

const { NonRetriableError } = require("./sdk");
const { sendMail } = require("../mail");
const state = require("../state");

/** How long a person may stay without a word. Tests make it shorter. */
const autoCheckoutAfter = () => process.env.AUTO_CHECKOUT_DELAY ?? "2h";

async function sendWelcomeEmail({ event, step, runId }) {
  const { user } = event.data;
  // The message id is the run's, so a mail that was sent twice is recognised as one by mail programs.
  const sent = await step.run("send-email", () =>
    sendMail({
      messageId: `<welcome-${runId}@meridian.study>`,
      to: user.email,
      subject: `Welcome to Meridian, ${user.name ?? user.username}!`,
      text: `Hello ${user.name ?? user.username},\n\nyour account at ${user.school ?? "Meridian"} is ready. Find a room and start studying.\n`,
    }),
  );
  return { success: true, userId: user.id, ...sent };
}

async function processRoomCheckout({ event, step, runId }) {
  const { userId, roomId, checkoutTime, reason } = event.data;

  // Reads only.
  const validation = await step.run("validate-checkout", () => state.validateCheckout(userId, roomId));
  if (!validation.valid) return { success: false, userId, roomId, reason: validation.why };
  const { checkinTime } = validation;

  // Several requests may have come this far for one stay. The first to write ends it, and no other goes on. Counts who is in
  // the room instead of subtracting one.
  const occupancy = await step.run("update-room-occupancy", () => state.leaveRoom({ runId, userId, roomId, checkinTime }));
  if (!occupancy.isOurs) return { success: false, userId, roomId, reason: "another check-out has ended this stay" };
  // The run's id is the key of the entry.
  const history = await step.run("record-study-history", () =>
    state.recordHistory({ runId, userId, roomId, checkinTime, checkoutTime, reason }),
  );
  // Sets the status to what it should be; a newer check-in is left alone.
  await step.run("update-user-status", () => state.setFree(userId, checkinTime));
  // One message id per run.
  await step.run("send-checkout-notification", () => {
    const user = state.findUser(userId);
    return sendMail({
      messageId: `<checkout-${runId}@meridian.study>`,
      to: user.email,
      subject: `You left ${roomId}`,
      text: `You studied for ${history.minutes} minutes in ${roomId}. ${reason ?? ""}\n`,
    });
  });
  // Counts the history anew instead of adding to a number.
  const analytics = await step.run("update-analytics", () => state.updateAnalytics(roomId));
  return { success: true, userId, roomId, reason, occupancy: occupancy.count, minutes: history.minutes, analytics };
}

async function autoCheckoutAfterDelay({ event, step }) {
  const { userId, roomId, checkinTime } = event.data;
  await step.sleep("wait-before-auto-checkout", autoCheckoutAfter());

  // Whoever has left, moved, or left and come back has another check-in, or none.
  const isStillThere = await step.run("check-still-there", () => state.isCheckedIn(userId, roomId, checkinTime));
  if (!isStillThere) return { success: true, checkedOut: false, userId, roomId };

  // The event's id is made of the check-in, so a second send of it starts nothing.
  await step.sendEvent("trigger-checkout", {
    id: `auto-checkout-${userId}-${roomId}-${checkinTime}`,
    name: "room.checkout",
    data: { userId, roomId, checkoutTime: new Date().toISOString(), reason: "Auto-checkout after 2 hours" },
  });
  return { success: true, checkedOut: true, userId, roomId };
}

/** Posts to one of our own routes. The receiver keeps one entry per test, so a second call changes nothing. */
async function callBack(url, body) {
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  // What the receiver will not take now it will not take later.
  if (response.status === 400) throw new NonRetriableError(`the callback to ${url} was refused: ${await response.text()}`);
  if (!response.ok) throw new Error(`the callback to ${url} was answered with HTTP ${response.status}`);
  return { status: response.status, body: await response.json() };
}

async function testInngestConnection({ event, step }) {
  const { testId, message, callbackUrl } = event.data;
  await step.run("log-received-event", () => console.log(`[connection test ${testId}] received: ${message}`));
  await step.sleep("simulate-processing", "2s");
  const callback = await step.run("send-callback", () => callBack(callbackUrl, { testId, message, processedAt: new Date().toISOString() }));
  await step.run("log-callback-result", () => console.log(`[connection test ${testId}] callback answered ${callback.status}`));
  return { success: true, testId, callback };
}

const line = "═".repeat(58);

async function testInngestDashboard({ event, step, runId }) {
  const message = event.data.message ?? "Triggered from the dashboard";
  await step.run("log-dashboard-trigger", () =>
    console.log(`\n${line}\n  DASHBOARD TEST\n  message  ${message}\n  run      ${runId}\n${line}`),
  );
  await step.sleep("simulate-processing", "3s");
  const callback = await step.run("send-callback", () => {
    const url = `${process.env.BACKEND_URL ?? "http://localhost:5001"}/api/inngest-examples/test-callback`;
    return callBack(url, { testId: `dashboard-${runId}`, message, processedAt: new Date().toISOString() });
  });
  await step.run("log-completion", () => console.log(`${line}\n  DASHBOARD TEST DONE\n  callback  HTTP ${callback.status}\n${line}\n`));
  return { success: true, message, callback };
}

module.exports = { sendWelcomeEmail, processRoomCheckout, autoCheckoutAfterDelay, testInngestConnection, testInngestDashboard };
