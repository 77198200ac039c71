import { Hono } from "hono";
import { serve } from "stepwell/hono";
import { fulfil, stepwell } from "../quick-start/functions.ts";

export const app = new Hono();
app.on(["GET", "PUT", "POST"], "/api/stepwell", serve({ client: stepwell, functions: [fulfil] }));
