// Which official SDK the app runs on: version 3, or version 4 with MERIDIAN_SDK=4. An app of one's own has the one that is
// installed, and no such file.

const isV4 = process.env.MERIDIAN_SDK === "4";

const { Inngest, NonRetriableError } = isV4 ? require("inngest-v4") : require("inngest");
const { serve } = isV4 ? require("inngest-v4/express") : require("inngest/express");

module.exports = { isV4, Inngest, NonRetriableError, serve };
