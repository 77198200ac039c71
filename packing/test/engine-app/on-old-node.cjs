// The same in the other module system.

const { createEngine } = require("@stepwell/embedded");
const { createTestEngine } = require("@stepwell/testing");

const code = (error) => error.code;
const asked = [createEngine({ functions: [], store: "old.db" }).catch(code), createTestEngine({ functions: [] }).catch(code)];
void Promise.all(asked).then((codes) => process.stdout.write(JSON.stringify(codes)));
