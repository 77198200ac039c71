// Prints as JSON what each function replies, and the names that each subpath exports.

const { exports: subpaths } = require("stepwell/package.json");

exports.report = async function report(server, load) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}/api/stepwell`;
  const introspected = await (await fetch(url)).json();
  const replies = [await call(url, "shop-fulfil"), await call(url, "shop-refuse")];
  server.close();
  server.closeAllConnections();
  const names = {};
  for (const subpath of Object.keys(subpaths)) {
    if (subpath === "./package.json") continue;
    const loaded = await load(subpath.replace(/^\./, "stepwell"));
    names[subpath] = Object.keys(loaded)
      .filter((name) => name !== "__esModule" && name !== "module.exports")
      .sort();
  }
  process.stdout.write(JSON.stringify({ functionCount: introspected.function_count, replies, names }));
};

async function call(url, fnId) {
  const event = { id: "e1", name: "order/placed", ts: 0, data: { total: 42 } };
  const ctx = {
    run_id: "r1",
    attempt: 0,
    max_attempts: 4,
    disable_immediate_execution: false,
    use_api: false,
    stack: { stack: [], current: 0 },
  };
  const response = await fetch(`${url}?fnId=${fnId}&stepId=step`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ event, events: [event], steps: {}, ctx, version: 2 }),
  });
  const body = await response.json();
  return {
    status: response.status,
    noRetry: response.headers.get("x-inngest-no-retry"),
    body: Array.isArray(body) ? body.map(({ op, data }) => ({ op, data })) : body.message,
  };
}
