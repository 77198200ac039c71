// The one file that names the SDK. Everything else takes what it needs from here.

export { EventSchemas, Inngest, NonRetriableError, RetryAfterError } from "stepwell";
export { serve } from "stepwell/express";
