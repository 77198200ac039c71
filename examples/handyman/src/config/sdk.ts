// The one file that names the SDK. Everything else takes what it needs from here.

export { EventSchemas, Inngest, NonRetriableError, RetryAfterError } from "inngest";
export { serve } from "inngest/express";
