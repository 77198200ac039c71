const { Inngest } = require("inngest");

// In development the SDK finds the dev server at http://localhost:8288 by itself; no variable has to be set.
const inngest = new Inngest({ id: "meridian" });

module.exports = { inngest };
