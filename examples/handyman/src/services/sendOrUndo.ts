import { HttpError } from "./httpError.js";

/** What was written is taken back when its event does not go, so that whoever asked may ask again. */
export async function sendOrUndo(send: () => Promise<unknown>, undo: () => void = () => undefined): Promise<void> {
  try {
    await send();
  } catch (error) {
    undo();
    console.error("An event could not be sent:", error);
    throw new HttpError(503, "nothing was changed: the job server does not answer; try again");
  }
}
