import type { Compilable, CompiledQuery, DialectAdapter, Kysely, QueryId } from 'kysely'
import type { Schema } from './schema.ts'

/** Stands for a value while a hot query is compiled. */
class Placeholder {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

const names = new WeakMap<QueryId, string>()
let named = 0

/** The short name of a hot query's text, for engines that prepare statements by name; undefined for any other query. */
export const hotName = ({ queryId }: CompiledQuery): string | undefined => names.get(queryId)

/**
 * A query that is built and compiled once for each kind of database: that costs more than running it. `build` sees
 * stand-ins for the values, so it can use them as parameters only, and cannot branch on them.
 */
export function hotQuery<Values extends object, Row>(
  build: (db: Kysely<Schema>, values: Values) => Compilable<Row>,
): (db: Kysely<Schema>, values: Values) => Promise<Row[]> {
  const compiled = new WeakMap<DialectAdapter, CompiledQuery<Row>>()

  return async (db, values) => {
    const { adapter } = db.getExecutor()
    let query = compiled.get(adapter)
    if (query === undefined) {
      query = build(db, placeholders<Values>()).compile()
      compiled.set(adapter, query)
      names.set(query.queryId, `hot_${named++}`)
    }
    const parameters = query.parameters.map(parameter =>
      parameter instanceof Placeholder ? values[parameter.name as keyof Values] : parameter,
    )
    return (await db.executeQuery<Row>({ ...query, parameters })).rows
  }
}

function placeholders<Values extends object>(): Values {
  return new Proxy({} as Values, { get: (_, name) => new Placeholder(String(name)) })
}
