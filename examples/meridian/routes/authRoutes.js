const { randomUUID } = require("node:crypto");
const express = require("express");
const { sendUserRegisteredEvent } = require("../inngest/events");
const state = require("../state");
const { requireText } = require("./requireText");

const router = express.Router();

/** Registers a user: `{ email, username, name?, school? }`. */
router.post("/register", async (request, response) => {
  if (!requireText(request, response, { required: ["email", "username"], optional: ["name", "school"] })) return;
  const { email, username, name, school } = request.body;
  if (!/^\S+@\S+$/.test(email)) return response.status(400).json({ error: "email is not an address" });
  let user;
  try {
    user = state.createUser({ id: randomUUID(), email, username, name, school });
  } catch (error) {
    if (!/UNIQUE/.test(error.message)) throw error;
    return response.status(409).json({ error: "the email or the username is taken" });
  }
  await sendUserRegisteredEvent({ id: user.id, email, username, name, school });
  response.status(201).json({ user });
});

module.exports = router;
