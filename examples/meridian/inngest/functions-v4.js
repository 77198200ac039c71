// The same five, defined as version 4 has it: options with their triggers, handler.

const { inngest } = require("./client");
const handlers = require("./handlers");

const sendWelcomeEmail = inngest.createFunction(
  { id: "send-welcome-email", triggers: [{ event: "user.registered" }] },
  handlers.sendWelcomeEmail,
);

const processRoomCheckout = inngest.createFunction(
  { id: "process-room-checkout", triggers: [{ event: "room.checkout" }] },
  handlers.processRoomCheckout,
);

const autoCheckoutAfterDelay = inngest.createFunction(
  { id: "auto-checkout-after-delay", triggers: [{ event: "room.checkin" }] },
  handlers.autoCheckoutAfterDelay,
);

const testInngestConnection = inngest.createFunction(
  { id: "test-inngest-connection", triggers: [{ event: "test.connection" }] },
  handlers.testInngestConnection,
);

const testInngestDashboard = inngest.createFunction(
  { id: "test-inngest-dashboard", triggers: [{ event: "test.dashboard" }] },
  handlers.testInngestDashboard,
);

const functions = [sendWelcomeEmail, processRoomCheckout, autoCheckoutAfterDelay, testInngestConnection, testInngestDashboard];

module.exports = { functions };
