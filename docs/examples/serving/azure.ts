import { InngestCommHandler, type ServeOptions } from "stepwell";

/** What is used of a request to an Azure Function. */
interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  readonly query: { get(name: string): string | null };
  text(): Promise<string>;
  json(): Promise<unknown>;
}

interface HttpResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string | ReadableStream;
}

export function serve(options: ServeOptions): (request: HttpRequest) => Promise<HttpResponse> {
  const handler = new InngestCommHandler({
    ...options,
    frameworkName: "azure-functions",
    handler: (request: HttpRequest) => ({
      method: () => request.method,
      url: () => new URL(request.url),
      headers: (name) => request.headers.get(name),
      queryString: (name) => request.query.get(name),
      textBody: () => request.text(),
      body: () => request.json(),
      env: () => process.env,
      transformResponse: (response): HttpResponse => response,
      transformStreamingResponse: (response): HttpResponse => response,
    }),
  });
  return handler.createHandler();
}
