import { openReader } from "@stepwell/embedded";

using reader = openReader({ store: "data/stepwell.db" });

console.log("owner", reader.owner()?.pid ?? "nobody");
for (const run of await reader.runs.list({ functions: ["shop-welcome"], limit: 5 }))
  console.log(run.functionSlug, run.status);
