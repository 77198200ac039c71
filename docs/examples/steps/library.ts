import { fetch } from "stepwell";
import { stepwell } from "../client.ts";

/** Stands for a library that makes requests with whatever `fetch` it is given. */
class Weather {
  readonly #fetch: typeof globalThis.fetch;

  constructor(options: { readonly fetch: typeof globalThis.fetch }) {
    this.#fetch = options.fetch;
  }

  async forecast(city: string): Promise<string> {
    const response = await this.#fetch(`https://weather.example/${city}`);
    return ((await response.json()) as { forecast: string }).forecast;
  }
}

/** Durable in functions, and nowhere else: each answer is paid for. */
export const weather = new Weather({ fetch: fetch.config({ fallback: undefined }) });

export const packing = stepwell.createFunction(
  { id: "packing", triggers: { event: "trip/planned" } },
  async ({ event }) => {
    const forecast = await weather.forecast(event.data.city);
    return forecast === "rain" ? "an umbrella" : "sunglasses";
  },
);
