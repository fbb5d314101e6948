// What PostgreSQL does for each statement that berth's adapter sends: asked in the same session and transaction, just
// before the statement itself, so that each is explained with what it really meets.

import pg from 'pg'

const EXPLAINABLE = /^\s*(?:select|insert|update|delete|with)\b/i
const EXPLAIN = 'explain (analyze, buffers, timing off, format json)'

/**
 * Runs `work` and returns the plans of all statements that it sent through any `pg` client, in order. Statements that
 * are prepared by name are planned as PostgreSQL plans them for every value (a generic plan).
 */
export async function plansOf(work) {
  // One method, in all the forms that pg has for it.
  const client = /** @type {{ query: (...asked: any[]) => Promise<any> }} */ (pg.Client.prototype)
  const { query } = client
  const plans = []
  client.query = async function (config, ...others) {
    if (typeof config === 'object' && EXPLAINABLE.test(config.text)) {
      const run = statement => query.call(this, statement)
      const { rows } = await explained(run, config)
      plans.push({ sql: config.text, generic: config.name !== undefined, ...digested(rows[0]['QUERY PLAN'][0]) })
    }
    return query.call(this, config, ...others)
  }
  try {
    await work()
  } finally {
    client.query = query
  }
  return plans
}

/** An explained write is done, so it is undone again. A prepared statement is explained as one. */
async function explained(run, { text, values = [], name = undefined }) {
  if (name === undefined) {
    const isRead = /^\s*select/i.test(text)
    if (!isRead) await run('savepoint explained')
    const result = await run({ text: `${EXPLAIN} ${text}`, values })
    if (!isRead) await run('rollback to savepoint explained')
    return result
  }
  await run(`prepare explained as ${text}`)
  await run('set plan_cache_mode = force_generic_plan')
  const result = await run(`${EXPLAIN} execute explained (${values.map(value => literal(value)).join(', ')})`)
  await run('reset plan_cache_mode')
  await run('deallocate explained')
  return result
}

const literal = value => (typeof value === 'string' ? pg.escapeLiteral(value) : String(value))

/** The scans of a plan, the pages it touched and whatever about it is not a read by index. */
function digested({ Plan: root, Triggers: triggers = [] }) {
  const scans = []
  const faults = []
  visit(root, node => {
    const kind = node['Node Type']
    const table = node['Relation Name'] ?? node['Index Name']
    if (!/Scan$/.test(kind) || table === undefined) return
    scans.push(`${kind} ${node['Index Name'] ?? table}`)
    if (kind === 'Seq Scan') faults.push(`reads all of ${table}`)
    if (/^Index/.test(kind) && node['Index Cond'] === undefined && node['Actual Rows'] > 1000)
      faults.push(`reads the whole index ${node['Index Name']}`)
    const dropped = (node['Rows Removed by Filter'] ?? 0) * node['Actual Loops']
    if (dropped > 1000) faults.push(`reads ${dropped} rows of ${table} that it does not want`)
  })
  return {
    pages: root['Shared Hit Blocks'] + root['Shared Read Blocks'],
    rows: root['Actual Rows'],
    scans,
    faults,
    triggers: triggers.map(trigger => trigger['Constraint Name'] ?? trigger['Trigger Name']),
  }
}

function visit(node, see) {
  see(node)
  for (const child of node.Plans ?? []) visit(child, see)
}
