// A mail server that delivers nothing: it prints what came, and shows it at http://localhost:1080/messages.

const { createServer } = require("node:http");
const { simpleParser } = require("mailparser");
const { SMTPServer } = require("smtp-server");

const smtpPort = Number(process.env.SMTP_PORT ?? 1025);
const httpPort = Number(process.env.MAIL_HTTP_PORT ?? 1080);
const messagesMax = 1_000;
const messages = [];

function refuse(port) {
  return (error) => {
    console.error(error.code === "EADDRINUSE" ? `error: port ${port} is taken; stop the program that has it` : error.message);
    process.exit(5);
  };
}

const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ["STARTTLS"],
  logger: false,
  onData(stream, _session, done) {
    simpleParser(stream).then((mail) => {
      messages.push({ messageId: mail.messageId, to: mail.to?.text, from: mail.from?.text, subject: mail.subject, text: mail.text });
      if (messages.length > messagesMax) messages.shift();
      console.log(`mail to ${mail.to?.text}: ${mail.subject}`);
      done();
    }, done);
  },
});
smtp.on("error", refuse(smtpPort));

const http = createServer((request, response) => {
  response.setHeader("content-type", "application/json");
  const health = { ok: true, program: "the mail catcher", pid: process.pid };
  response.end(JSON.stringify(request.url === "/messages" ? messages : health));
});
http.on("error", refuse(httpPort));

smtp.listen(smtpPort, "127.0.0.1", () => {
  http.listen(httpPort, "127.0.0.1", () =>
    console.log(
      `Mail catcher listens on smtp://localhost:${smtp.server.address().port}, messages at http://localhost:${http.address().port}/messages`,
    ),
  );
});

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
