const { serve } = require("inngest/express");
const { inngest } = require("./client");
const { functions } = require("./functions");

module.exports = serve({ client: inngest, functions });
