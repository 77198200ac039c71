const express = require("express");

const app = express();
// Calls carry the results of all steps so far, so they may be larger than what a browser sends.
app.use(express.json({ limit: "10mb" }));
app.use("/api/inngest", require("./inngest/serve"));
app.use("/api/inngest-examples", require("./routes/inngestExamples"));
app.use("/api/auth", require("./routes/authRoutes"));
app.use("/api/users", require("./routes/userRoutes"));
app.get("/health", (_request, response) => response.json({ ok: true, program: "Meridian", pid: process.pid }));

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
