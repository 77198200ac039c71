const nodemailer = require("nodemailer");

const transport = nodemailer.createTransport(process.env.SMTP_URL ?? "smtp://localhost:1025");

async function sendMail(message) {
  const { messageId } = await transport.sendMail({ from: "Meridian <hello@meridian.study>", ...message });
  return { messageId };
}

module.exports = { sendMail };
