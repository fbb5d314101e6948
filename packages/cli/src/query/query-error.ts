/** An expression cannot be read. The message shows it with a caret. */
export class QuerySyntaxError extends Error {}

/** An expression fails on the value that it is put to. */
export class QueryRuntimeError extends Error {}
