import { createServer } from "stepwell/node";
import { fulfil, stepwell } from "../quick-start/functions.ts";

export const server = createServer({ client: stepwell, functions: [fulfil] }).listen(0);
