import { expect, test } from "vitest";
import { type StartScreenParams, startScreen } from "./start-screen.ts";

const options: StartScreenParams["options"] = {
  mode: "dev",
  hosts: ["127.0.0.1"],
  port: 8_288,
  file: "/srv/project/.stepwell/dev.db",
  eventKeys: [],
  signingKeys: [],
  allowHosts: [],
  appUrls: [],
  discovers: true,
  discoverPorts: [],
  pollMs: 5_000,
  engine: {},
};
const params: StartScreenParams = {
  command: "dev",
  url: "http://localhost:8288",
  options,
  runs: 1_214,
  bytes: 3_140_000,
  movedFrom: undefined,
  readyMs: 212.4,
  cwd: "/srv/project",
};

test("the screen says where the API is, where data is kept and how much of it, and that apps are looked for", () => {
  const screen = startScreen(params);
  expect(screen).toMatch(/Stepwell \d+\.\d+\.\d+ {2}dev +ready in 212 ms/);
  expect(screen).toContain("  API         http://localhost:8288\n");
  expect(screen).toContain("  Events      http://localhost:8288/e/dev\n");
  expect(screen).toContain("  Data        .stepwell/dev.db  (1,214 runs, 3.1 MB)\n");
  expect(screen).toContain("  Apps        looking…  (stop with --no-discovery, or give -u <url>)\n");
});

test("a file elsewhere is named in full, a temporary one as what it is", () => {
  expect(startScreen({ ...params, cwd: "/home/me" })).toContain("/srv/project/.stepwell/dev.db");
  const { file: _, ...withoutFile } = options;
  expect(startScreen({ ...params, options: withoutFile })).toContain("gone at the end (--memory)");
});

test("named apps are listed, and event keys are not shown", () => {
  const screen = startScreen({ ...params, options: { ...options, appUrls: ["http://a/x"], discovers: false, eventKeys: ["secret"] } });
  expect(screen).toContain("Apps        http://a/x\n");
  expect(screen).toContain("/e/<event key>");
  expect(screen).not.toContain("secret");
});

test("on another port than the wanted one it says what apps need", () => {
  const screen = startScreen({ ...params, url: "http://localhost:8289", movedFrom: 8_288 });
  expect(screen).toContain("8288 is taken by another program; apps need INNGEST_DEV=http://localhost:8289");
});

test("chaos is said to be on, with its rate, and is not mentioned where it is off", () => {
  expect(startScreen(params)).not.toContain("Chaos");
  const screen = startScreen({ ...params, options: { ...options, engine: { chaos: { rate: 0.2 } } } });
  expect(screen).toContain("  Chaos       on: 20 % of all calls meet an injected fault; stepwell runs show <id> says which\n");
});
