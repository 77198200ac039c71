const { randomUUID } = require("node:crypto");
const express = require("express");
const { sendRoomCheckoutEvent, sendTestConnectionEvent } = require("../inngest/events");
const state = require("../state");
const { requireText } = require("./requireText");

const router = express.Router();

/** Who asks. A real backend takes it from the session; here it is a header. */
function currentUser(request, response) {
  const id = request.get("x-user-id") ?? request.body?.userId;
  const user = state.findUser(id);
  if (user === undefined) response.status(401).json({ error: "log in first (header x-user-id)" });
  return user;
}

/** Checks out of one room: `{ roomId, reason? }`. */
router.post("/checkout-room", async (request, response) => {
  const user = currentUser(request, response);
  if (user === undefined) return;
  if (!requireText(request, response, { required: ["roomId"], optional: ["reason"] })) return;
  const { roomId, reason } = request.body;
  const { ids } = await sendRoomCheckoutEvent(user.id, roomId, new Date(), reason ?? "Checked out");
  response.status(202).json({ success: true, roomId, eventIds: ids });
});

/** Checks out of wherever the user is: `{ reason? }`. */
router.post("/checkout-current-room", async (request, response) => {
  const user = currentUser(request, response);
  if (user === undefined || !requireText(request, response, { optional: ["reason"] })) return;
  if (user.room_id === null) return response.status(400).json({ error: "the user is in no room" });
  const { ids } = await sendRoomCheckoutEvent(user.id, user.room_id, new Date(), request.body?.reason ?? "Checked out");
  response.status(202).json({ success: true, roomId: user.room_id, eventIds: ids });
});

/** A round trip: an event goes out, a function calls back: `{ message? }`. */
router.post("/test-connection", async (request, response) => {
  if (!requireText(request, response, { optional: ["message"] })) return;
  const testId = `test-${randomUUID()}`;
  const callbackUrl = `${process.env.BACKEND_URL ?? `http://localhost:${request.socket.localPort}`}/api/inngest-examples/test-callback`;
  const { ids } = await sendTestConnectionEvent(testId, request.body?.message ?? "Hello Inngest!", callbackUrl);
  response.status(202).json({ success: true, testId, callbackUrl, eventIds: ids });
});

/** Where the round trip ends. */
router.post("/test-callback", (request, response) => {
  if (!requireText(request, response, { required: ["testId"], optional: ["message"] })) return;
  const { testId, message } = request.body;
  state.recordCallback({ testId, message });
  response.json({ success: true, testId });
});

router.get("/test-callback/:testId", (request, response) => {
  const callback = state.findCallback(request.params.testId);
  if (callback === undefined) return response.status(404).json({ error: "no callback yet" });
  response.json(callback);
});

module.exports = router;
