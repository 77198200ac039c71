import { createEngine } from "@stepwell/embedded";
import { stepwell } from "../client.ts";
import { welcome } from "./functions.ts";

const open = (tenant: string) => createEngine({ functions: [welcome], store: `data/${tenant}.db` });
await using north = await open("north");
const south = await open("south");

await north.send({ name: "user/created", data: { email: "ada@example.com" } });
await south.stop();
await stepwell.send({ name: "user/created", data: { email: "bob@example.com" } });

console.log((await north.runs.list()).length);
