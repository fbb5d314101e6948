import { CommandError } from '../errors.ts'
import type { Value } from '../python/value.ts'
import { evaluate } from './evaluate.ts'
import { parseQuery } from './parse-query.ts'
import { QueryRuntimeError, QuerySyntaxError } from './query-error.ts'

/** What `--query` makes of an answer. */
export type Query = (value: Value) => Value

/**
 * Compiles a JMESPath expression.
 * @throws CommandError `usage` for a text that is none. The query itself throws `general` where it does not fit the
 * value
 */
export function compileQuery(expression: string): Query {
  try {
    const node = parseQuery(expression)
    return value => run(() => evaluate(node, value))
  } catch (error) {
    if (!(error instanceof QuerySyntaxError)) throw error
    throw new CommandError('usage', `Bad value for --query ${expression}: ${error.message}`)
  }
}

function run(query: () => Value): Value {
  try {
    return query()
  } catch (error) {
    if (error instanceof QueryRuntimeError) throw new CommandError('general', error.message)
    throw error
  }
}
