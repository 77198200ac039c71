// Bodies come from anywhere: a field that should be text may be anything that JSON has.

/**
 * Answers 400 and says which field is no text.
 * @returns {boolean} Whether every field is text; of the optional ones, or absent.
 */
function requireText(request, response, { required = [], optional = [] }) {
  const body = request.body ?? {};
  const missing = required.find((name) => typeof body[name] !== "string" || body[name] === "");
  if (missing !== undefined) return refuse(response, `${missing} must be a text that is not empty`);
  const wrong = optional.find((name) => body[name] !== undefined && body[name] !== null && typeof body[name] !== "string");
  if (wrong !== undefined) return refuse(response, `${wrong} must be a text`);
  return true;
}

function refuse(response, error) {
  response.status(400).json({ error });
  return false;
}

module.exports = { requireText };
