import { GraphQLError } from "graphql";

/** What a query asks for is not done; it says why. Other errors of a field are mistakes of the server. */
export class QueryRefusal extends GraphQLError {}
