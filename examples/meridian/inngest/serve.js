const { isV4, serve } = require("./sdk");
const { inngest } = require("./client");
const { functions } = isV4 ? require("./functions-v4") : require("./functions");

module.exports = serve({ client: inngest, functions });
