import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { LEFT_TABLES, MOVED_TABLES } from './moved-tables.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))
const TABLES: readonly string[] = [...MOVED_TABLES.map(({ name }) => name), ...LEFT_TABLES]

/** Writes that have the table as a variable: of any table, in statements over sets. */
const OF_ANY_TABLE = {
  'empty-repository.ts': 'takes the rows of a deleted repository away, some thousand at a time, whatever they are',
  'rows/move/tables.ts': 'copies every row to another engine, and asks nothing of what it means',
}

/** Who else than its owner writes a table, and why. */
const OTHERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  repositories: {
    'counters.ts': 'has the columns that count images and the bin, for all who change those',
    'rows/repositories/hidden-repositories.ts': 'takes a repository’s name, and at last its row',
    'rows/repositories/lifecycle.ts': 'has the columns of the lifecycle policy',
    'rows/repositories/repository-settings.ts': 'has the columns that the owner sets',
    'rows/upkeep/times.ts': 'mends times',
  },
  manifests: {
    'image-sizes.ts': 'has the column that counts an image’s size, for all who add references',
    'rows/gallery/image-configs.ts': 'has the column of the platform',
  },
  search_entries: { 'rows/images/pull-counts.ts': 'has the column of pulls' },
  repository_blobs: { 'empty-repository.ts': 'queues a review with each link', 'rows/upkeep/times.ts': 'mends times' },
  uploads: {
    'rows/blobs/upload-claims.ts': 'has the columns of claims, wishes and hashes',
    'rows/upkeep/times.ts': 'mends times',
  },
  blobs: { 'rows/upkeep/times.ts': 'mends times' },
  blob_reviews: { 'rows/upkeep/times.ts': 'mends times' },
  removals: { 'rows/upkeep/times.ts': 'mends times' },
  schedules: { 'rows/upkeep/times.ts': 'mends times' },
  deleted_images: { 'rows/upkeep/times.ts': 'mends times' },
  tag_moves: { 'rows/upkeep/times.ts': 'mends times' },
  image_jobs: { 'rows/upkeep/times.ts': 'mends times' },
}

/** The names in `of [‘one’, ‘other’] as const` stand for the variable of that loop. */
function tablesWritten(text: string): Set<string> {
  const named = text.matchAll(/\b(?:insertInto|updateTable|deleteFrom|replaceInto|mergeInto)\(\s*'(\w+)/g)
  const raw = text.matchAll(/\b(?:insert into|update|delete from)\s+"?(\w+)"?\s/gi)
  const looped = text.matchAll(
    /for \(const table of \[([^\]]*)\] as const\)\s+await db\s*\.(?:updateTable|deleteFrom)/g,
  )
  return new Set([
    ...Array.from(named, ([, table = '']) => table),
    ...Array.from(raw, ([, table = '']) => table).filter(table => TABLES.includes(table)),
    ...Array.from(looped, ([, list = '']) => list.match(/\w+/g) ?? []).flat(),
  ])
}

/** Writes whose table stands in no text. */
const hasFreeTable = (text: string) =>
  /(?:insert into|update|delete from)\s+\$\{/i.test(text) ||
  (text.match(/\b(?:insertInto|updateTable|deleteFrom)\(\s*[^'\s]/g) ?? []).length >
    (text.match(/for \(const table of \[[^\]]*\] as const\)/g) ?? []).length

const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('migrations/'))
  .map(file => ({ file, text: readFileSync(join(folder, file), 'utf8') }))

const writers = (table: string) => sources.filter(({ text }) => tablesWritten(text).has(table)).map(({ file }) => file)

it('finds every form of a write', () => {
  const written = (text: string) => [...tablesWritten(text)]
  expect(written("db.insertInto('tags').values(row)")).toEqual(['tags'])
  expect(written("db\n  .updateTable('uploads')")).toEqual(['uploads'])
  expect(written('sql`delete from removals where true`')).toEqual(['removals'])
  expect(written("for (const table of ['tags', 'blobs'] as const)\n  await db.deleteFrom(table)")).toEqual([
    'tags',
    'blobs',
  ])
  expect(hasFreeTable('db.deleteFrom(table)')).toBe(true)
  expect(hasFreeTable(`sql\`insert into ${'$'}{sql.table(name)}\``)).toBe(true)
  expect(hasFreeTable("for (const table of ['tags'] as const)\n  await db.deleteFrom(table)")).toBe(false)
})

it.each(TABLES)('has one file that writes the table %s, and others for a reason', table => {
  const others = Object.keys(OTHERS[table] ?? {})
  const found = writers(table)
  expect(found.filter(file => !others.includes(file))).toHaveLength(1)
  // What is named here is needed.
  expect(others.filter(file => !found.includes(file))).toEqual([])
})

it('writes a table that is not named in few places', () => {
  const free = sources.filter(({ text }) => hasFreeTable(text)).map(({ file }) => file)
  expect(free.sort()).toEqual(Object.keys(OF_ANY_TABLE).sort())
})
