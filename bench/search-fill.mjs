// Repositories that hold images, as many as are asked for, with names, texts and platforms as common as real ones are.

import { facetsFrom, lexemesOf } from '../packages/server/dist/domain/search/lexemes.js'

/** Rows of one statement or transaction. */
const BATCH = 1_000
const ACCOUNTS = 50
const NAMES = [
  'api',
  'web',
  'proxy',
  'exporter',
  'operator',
  'worker',
  'postgres',
  'redis',
  'nginx',
  'agent',
  'builder',
]
/** What about every second image says of itself. */
const COMMON = ['image', 'container', 'server', 'for', 'the', 'with', 'docker', 'linux']
const WORDS = 8_000
/** @type {readonly (readonly [string, number])[]} a platform, and which part of the repositories has it */
const PLATFORMS = [
  ['linux/amd64', 0.95],
  ['linux/arm64/v8', 0.6],
  ['linux/arm/v7', 0.15],
  ['linux/s390x', 0.03],
  ['windows/amd64', 0.02],
]

/** The same numbers in every run, from 0 to 1. */
function numbers(seed) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const accountOf = at => String(200_000_000_000 + (at % ACCOUNTS))
/** @type {(at: number) => any} */
const aliasOf = at => `team${at % ACCOUNTS}`

/** What search is told of the repository with this number. */
export function repositoryOf(at) {
  const next = numbers(at)
  const words = count => Array.from({ length: count }, () => wordOf(next())).join(' ')
  const kinds = [NAMES[Math.floor(next() * NAMES.length)], NAMES[Math.floor(next() * NAMES.length)]]
  return {
    ...{ accountId: accountOf(at), alias: aliasOf(at), name: `${wordOf(next())}/${kinds.join('-')}-${at}` },
    verified: at % 10 === 0,
    description: words(10),
    about: words(60),
    platforms: PLATFORMS.flatMap(([platform, part]) => (next() < part ? [platform] : [])),
  }
}

/** One word in two is a common one; of the others the first ones come most often, as in any language. */
function wordOf(number) {
  if (number < 0.5) return COMMON[Math.floor(number * 2 * COMMON.length)]
  return `w${Math.floor(WORDS ** ((number - 0.5) * 2)).toString(36)}`
}

/**
 * Fills a store that is empty but for what berth makes at its start. Rows that no search reads are left out.
 *
 * @param {import('../packages/server/dist/ports/metadata-store.js').MetadataStore} metadata
 * @param {(statement: string) => unknown} execute of SQL that all engines have
 * @param {number} size
 */
export async function fillSearch(metadata, execute, size) {
  const now = Date.now()
  const quoted = text => `'${text}'`
  const first = 1_000_000
  for (let at = 0; at < ACCOUNTS; at += 1)
    await metadata.transaction(async rows => {
      /** @type {any} */
      const accountId = accountOf(at)
      const registry = { displayName: `Team ${at}`, verified: at % 10 === 0, createOnPush: false }
      await rows.registries.create({ accountId, createdAt: now, ...registry })
      await rows.registries.addAlias({ alias: aliasOf(at), accountId, primary: true, isDefault: true, createdAt: now })
    })
  for (let start = 0; start < size; start += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, size - start) }, (_, more) => ({
      id: first + start + more,
      ...repositoryOf(start + more),
    }))
    const values = batch.map(({ id, accountId, name, description, about }) => {
      const texts = JSON.stringify({ description, aboutText: about })
      return `(${id}, ${quoted(accountId)}, ${quoted(name)}, ${now}, ${quoted(texts)}, '[]', 3, ${now - id})`
    })
    await execute(`insert into repositories
      (id, account_id, name, created_at, catalog_data, resource_tags, image_count, last_pushed_at)
      values ${values.join(', ')}`)
    await metadata.transaction(async rows => {
      for (const { id, platforms, ...repository } of batch) {
        const { alias, name, verified, description, about } = repository
        const facets = facetsFrom(verified, platforms)
        const lexemes = lexemesOf({ name, publisher: `${alias} Team`, description, about }, facets)
        /** @type {any} */
        const entry = { id, accountId: repository.accountId, alias, name, verified, facets, lexemes }
        await rows.search.put(entry)
      }
    })
  }
  await execute('delete from search_stale')
}
