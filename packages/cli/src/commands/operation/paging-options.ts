import type { ArgumentValue } from '../../argv/parse-arguments.ts'
import type { PagingOptions } from '../../client/paginate.ts'
import { CommandError } from '../../errors.ts'
import { parseInteger } from '../../python/int.ts'

/** The options about paging that the command line has. */
export function pagingOptions(values: ReadonlyMap<string, ArgumentValue>): PagingOptions {
  const startingToken = values.get('starting-token')
  const pageSize = parseInteger(String(values.get('page-size') ?? ''))
  const maxItems = parseInteger(String(values.get('max-items') ?? ''))
  return {
    ...(typeof startingToken === 'string' && { startingToken }),
    ...(pageSize !== undefined && { pageSize }),
    ...(maxItems !== undefined && { maxItems }),
  }
}

/** Refuses options about paging where paging is off. @throws CommandError `usage` */
export function refusePaging({ startingToken, pageSize, maxItems }: PagingOptions): void {
  const used = [
    ...(startingToken ? ['--starting-token'] : []),
    ...(pageSize ? ['--page-size'] : []),
    ...(maxItems ? ['--max-items'] : []),
  ]
  if (used.length === 0) return
  throw new CommandError('usage', `Cannot specify --no-paginate along with pagination arguments: ${used.join(', ')}`)
}
