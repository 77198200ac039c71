import { Stepwell } from "stepwell";

export const stepwell = new Stepwell({ id: "shop" });
