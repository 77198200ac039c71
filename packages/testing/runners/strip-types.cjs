// Lets Jest load the sources as Node does: types are taken away, nothing else changes.

const { stripTypeScriptTypes } = require("node:module");

module.exports = {
  process: (source, path) => ({ code: path.endsWith(".ts") ? stripTypeScriptTypes(source) : source }),
};
