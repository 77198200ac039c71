/** Where the compatible API names an account or an environment, of which this server has one. */
export const noUuid = "00000000-0000-0000-0000-000000000000";
