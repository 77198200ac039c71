import { createEngine } from "@stepwell/embedded";
import { fulfil, stepwell } from "./functions.ts";

await using engine = await createEngine({ functions: [fulfil], store: "data/stepwell.db" });

await stepwell.send({ name: "shop/order.placed", data: { total: 42 } });

const [run] = await engine.runs.list({ functions: ["shop-fulfil-order"] });
if (run) console.log(await engine.result(run.id));
