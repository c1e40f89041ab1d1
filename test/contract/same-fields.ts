/** Names of all fields of a type, nested ones included, such as `history.at`. */
type Fields<T> = T extends readonly (infer I)[]
  ? Fields<I>
  : T extends object
    ? { [K in keyof T & string]: K | `${K}.${Fields<NonNullable<T[K]>>}` }[keyof T & string]
    : never;

/** True if the server's type is assignable to that of the SDK and both have the same fields. */
export type Same<Server, Sdk> = [Server] extends [Sdk]
  ? [Fields<Server>] extends [Fields<Sdk>]
    ? [Fields<Sdk>] extends [Fields<Server>]
      ? true
      : { unknownToServer: Exclude<Fields<Sdk>, Fields<Server>> }
    : { missing: Exclude<Fields<Server>, Fields<Sdk>> }
  : { notAssignable: Server };

/** True if two unions of words have the same members. */
export type SameWords<Server, Sdk> = [Server] extends [Sdk]
  ? [Sdk] extends [Server]
    ? true
    : { unknownToServer: Exclude<Sdk, Server> }
  : { missing: Exclude<Server, Sdk> };
