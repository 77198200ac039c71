import { createApp } from "./app.js";
import { settings } from "./config/settings.js";

/** The code that `stepwell` ends with when a port is taken. */
const portTaken = 5;

const server = createApp().listen(settings.port, (error) => {
  if (error !== undefined) {
    const isTaken = "code" in error && error.code === "EADDRINUSE";
    console.error(isTaken ? `error: port ${settings.port} is taken; stop the program that has it, or set PORT` : error.message);
    process.exit(portTaken);
  }
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : settings.port;
  console.log(`The Handyman App listens on http://localhost:${port}, its functions are at http://localhost:${port}/api/inngest`);
});

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
