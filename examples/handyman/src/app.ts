import express, { type ErrorRequestHandler, type Express } from "express";
import { inngest } from "./config/inngest.js";
import { serve } from "./config/sdk.js";
import { functions } from "./inngest/index.js";
import { authRoutes } from "./routes/authRoutes.js";
import { handymanRoutes } from "./routes/handymanRoutes.js";
import { jobRoutes } from "./routes/jobRoutes.js";
import { userRoutes } from "./routes/userRoutes.js";
import { listHealth } from "./services/healthServices.js";
import { HttpError } from "./services/httpError.js";

export function createApp(): Express {
  const app = express();
  // Calls carry the results of all steps so far, so they may be larger than what a browser sends.
  app.use("/api/inngest", express.json({ limit: "32mb" }), serve({ client: inngest, functions }));
  app.use(express.json({ limit: "1mb" }));
  app.use("/api/auth", authRoutes);
  app.use("/api/users", userRoutes);
  app.use("/api/handymen", handymanRoutes);
  app.use("/api/jobs", jobRoutes);
  /** That it listens; and what the last look at everything found. */
  app.get("/health", (_request, response) => {
    response.json({ ok: true, program: "the Handyman App", pid: process.pid, checks: listHealth() });
  });
  app.use((request) => {
    throw new HttpError(404, `there is no ${request.method} ${request.path}`);
  });
  app.use(answerError);
  return app;
}

/** Express answers with a page and the stack; whoever asks here reads JSON. Four arguments are how it knows an error handler. */
const answerError: ErrorRequestHandler = (error, _request, response, _next) => {
  // Express's own errors, such as a body that is no JSON, carry a status too.
  const status = error.status >= 400 && error.status < 600 ? Number(error.status) : 500;
  if (status === 500) console.error(error);
  response.status(status).json({ error: status === 500 ? "something went wrong in the Handyman App; its log says what" : error.message });
};
