import Koa from "koa";
import { serve } from "stepwell/koa";
import { fulfil, stepwell } from "../quick-start/functions.ts";

const handler = serve({ client: stepwell, functions: [fulfil] });
export const app = new Koa();
app.use((context, next) => (context.path === "/api/stepwell" ? handler(context) : next()));
