// Which SDK the app runs on: ours, or an official one with MERIDIAN_SDK=3 or 4, to show that nothing else has to change. An
// app of one's own has the one that is installed, and no such file.

const version = process.env.MERIDIAN_SDK;

function load() {
  if (version === "3") return { ...require("inngest"), ...require("inngest/express") };
  if (version === "4") return { ...require("inngest-v4"), ...require("inngest-v4/express") };
  return { ...require("stepwell"), ...require("stepwell/express") };
}

const { Inngest, NonRetriableError, serve } = load();

module.exports = { isV4: version === "4", Inngest, NonRetriableError, serve };
