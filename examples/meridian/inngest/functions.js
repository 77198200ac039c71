// The five functions, defined as version 3 of the SDK has it: options, trigger, handler.

const { inngest } = require("./client");
const handlers = require("./handlers");

const sendWelcomeEmail = inngest.createFunction({ id: "send-welcome-email" }, { event: "user.registered" }, handlers.sendWelcomeEmail);

const processRoomCheckout = inngest.createFunction(
  { id: "process-room-checkout" },
  { event: "room.checkout" },
  handlers.processRoomCheckout,
);

const autoCheckoutAfterDelay = inngest.createFunction(
  { id: "auto-checkout-after-delay" },
  { event: "room.checkin" },
  handlers.autoCheckoutAfterDelay,
);

const testInngestConnection = inngest.createFunction(
  { id: "test-inngest-connection" },
  { event: "test.connection" },
  handlers.testInngestConnection,
);

const testInngestDashboard = inngest.createFunction(
  { id: "test-inngest-dashboard" },
  { event: "test.dashboard" },
  handlers.testInngestDashboard,
);

const functions = [sendWelcomeEmail, processRoomCheckout, autoCheckoutAfterDelay, testInngestConnection, testInngestDashboard];

module.exports = { functions };
