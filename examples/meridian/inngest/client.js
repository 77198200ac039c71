const { Inngest } = require("./sdk");

// In development it finds the dev server at http://localhost:8288 by itself, and no variable has to be set. (Of the official
// SDKs version 3 does so too; version 4 wants INNGEST_DEV=1 for it.)
const inngest = new Inngest({ id: "meridian" });

module.exports = { inngest };
