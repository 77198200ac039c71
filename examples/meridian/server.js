const express = require("express");

const app = express();
// Calls carry the results of all steps so far, so they may be larger than what a browser sends.
app.use(express.json({ limit: "10mb" }));
app.use("/api/inngest", require("./inngest/serve"));
app.use("/api/inngest-examples", require("./routes/inngestExamples"));
app.use("/api/auth", require("./routes/authRoutes"));
app.use("/api/users", require("./routes/userRoutes"));
app.get("/health", (_request, response) => response.json({ ok: true, program: "Meridian", pid: process.pid }));
app.use((request, response) => response.status(404).json({ error: `there is no ${request.method} ${request.path}` }));

// Express answers with a page and the stack; whoever asks here reads JSON. Four arguments are how it knows an error handler.
app.use((error, _request, response, _next) => {
  const status = error.status >= 400 && error.status < 500 ? error.status : 500;
  if (status === 500) console.error(error);
  response.status(status).json({ error: status === 500 ? "something went wrong in Meridian; its log says what" : error.message });
});

const port = Number(process.env.PORT ?? 5001);
const server = app.listen(port, (error) => {
  if (error) {
    console.error(error.code === "EADDRINUSE" ? `error: port ${port} is taken; stop the program that has it, or set PORT` : error.message);
    process.exit(5);
  }
  console.log(`Meridian listens on http://localhost:${server.address().port}`);
});

for (const signal of ["SIGINT", "SIGTERM"])
  process.on(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
