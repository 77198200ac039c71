// What a handler does now and then, beside calling functions: loaded together with the first of it, so that an application's
// bundle has one more file and not a dozen, each with a list of what it takes from the others.

export { acceptEvents } from "./accept-events.ts";
export { answerAside } from "./answer-aside.ts";
export { answerBundle } from "./answer-bundle.ts";
export { bringsEvents } from "./brings-events.ts";
export { fetchState } from "./fetch-state.ts";
export { overdue } from "./overdue.ts";
export { refuseBody } from "./refuse-body.ts";
export { refuseStranger } from "./refuse-stranger.ts";
export { saveSteps } from "./save-steps.ts";
export { SelfRegistration } from "./self-registration.ts";
export { sendLogs } from "./send-logs.ts";
export { streamAnswer } from "./stream-answer.ts";
export { verifyCanonical } from "./verify-canonical.ts";
