import type { AddressInfo } from "node:net";
import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

export interface CaughtMail {
  readonly messageId: string | undefined;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface MailServer {
  readonly url: string;
  readonly received: CaughtMail[];
  /** How often somebody tried to send a mail to an address, whatever became of it. */
  triesTo(address: string): number;
  /** What becomes of a mail: taken, refused for now, or held without a word. */
  mood: "takes" | "refuses" | "hangs";
  to(address: string): readonly CaughtMail[];
  close(): Promise<void>;
}

/** A real mail server that keeps what it gets. */
export async function startMailServer(): Promise<MailServer> {
  const tries: string[] = [];
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    logger: false,
    onData(stream, session, done) {
      tries.push(...session.envelope.rcptTo.map(({ address }) => address));
      simpleParser(stream).then(({ messageId, to, subject = "", text = "" }) => {
        if (server.mood === "hangs") return;
        if (server.mood === "refuses") return done(Object.assign(new Error("try again later"), { responseCode: 451 }));
        server.received.push({ messageId, to: [to].flat().map((each) => each?.text)[0] ?? "", subject, text });
        done();
      }, done);
    },
  });
  // A client that goes away in the middle is no error of the test.
  smtp.on("error", () => undefined);
  await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", resolve));
  const server: MailServer = {
    url: `smtp://127.0.0.1:${(smtp.server.address() as AddressInfo).port}`,
    received: [],
    triesTo: (address) => tries.filter((to) => to === address).length,
    mood: "takes",
    to: (address) => server.received.filter(({ to }) => to === address),
    close: () => new Promise((resolve) => smtp.close(() => resolve())),
  };
  return server;
}
