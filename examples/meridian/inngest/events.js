// Events carry JSON: ids are strings, dates are ISO strings.

const { inngest } = require("./client");

const iso = (date) => new Date(date).toISOString();

async function sendUserRegisteredEvent({ id, email, username, name, school }) {
  return inngest.send({ name: "user.registered", data: { user: { id: String(id), email, username, name, school } } });
}

async function sendRoomCheckoutEvent(userId, roomId, checkoutTime, reason) {
  return inngest.send({
    name: "room.checkout",
    data: { userId: String(userId), roomId: String(roomId), checkoutTime: iso(checkoutTime), reason },
  });
}

async function sendRoomCheckinEvent(userId, roomId, checkinTime) {
  return inngest.send({ name: "room.checkin", data: { userId: String(userId), roomId: String(roomId), checkinTime: iso(checkinTime) } });
}

async function sendTestConnectionEvent(testId, message, callbackUrl) {
  return inngest.send({ name: "test.connection", data: { testId: String(testId), message, callbackUrl } });
}

module.exports = { sendUserRegisteredEvent, sendRoomCheckoutEvent, sendRoomCheckinEvent, sendTestConnectionEvent };
