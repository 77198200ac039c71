import { createEngine } from "@stepwell/embedded";
import { stepwell } from "../client.ts";
import { welcome } from "./functions.ts";

await using engine = await createEngine({ functions: [welcome], store: "data/stepwell.db" });

const { ids } = await engine.send({ name: "user/created", data: { email: "ada@example.com" } });
await stepwell.send({ name: "user/created", data: { email: "bob@example.com" } });

const [run] = await engine.runs.list({ eventId: ids[0] });
if (run) console.log((await engine.result(run.id)).status);
