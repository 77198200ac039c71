const express = require("express");
const { sendRoomCheckinEvent } = require("../inngest/events");
const state = require("../state");
const { requireText } = require("./requireText");

const router = express.Router();

/** Checks a user in: `{ roomId }`. Schedules the automatic check-out. */
router.post("/:userId/check-in", async (request, response) => {
  const user = state.findUser(request.params.userId);
  if (user === undefined) return response.status(404).json({ error: "no such user" });
  if (!requireText(request, response, { required: ["roomId"] })) return;
  const { roomId } = request.body;
  const checkinTime = new Date();
  const occupancy = state.checkIn(user.id, roomId, checkinTime.toISOString());
  await sendRoomCheckinEvent(user.id, roomId, checkinTime);
  response.json({ userId: user.id, roomId, checkinTime: checkinTime.toISOString(), occupancy });
});

router.get("/:userId", (request, response) => {
  const user = state.findUser(request.params.userId);
  if (user === undefined) return response.status(404).json({ error: "no such user" });
  response.json({ user, history: state.historyOf(user.id) });
});

module.exports = router;
