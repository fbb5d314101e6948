/** An expression that cannot be read. The message shows it with a caret. */
export class QuerySyntaxError extends Error {}

/** An expression that fails on the value it is put to. */
export class QueryRuntimeError extends Error {}
