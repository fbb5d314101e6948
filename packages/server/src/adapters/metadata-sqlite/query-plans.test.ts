import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ACCOUNT,
  ALIAS,
  addRepository,
  blob,
  digest,
  key,
  manifest,
  NAME,
  putImage,
  tag,
  upload,
} from '../../ports/metadata-contract/testing/fixtures.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { DeletionId } from '../../ports/rows/common.ts'
import { COUNTED_TAGS } from '../../ports/rows/images/pull-counts.ts'
import { setSortKeys } from '../metadata-sql/rows/images/tags.ts'
import type { Schema } from '../metadata-sql/schema.ts'
import { sqlRows } from '../metadata-sql/sql-rows.ts'
import { openDatabase, type SqliteDatabase } from './load-sqlite.ts'
import { openSqliteMetadata } from './open-sqlite-metadata.ts'
import { SqliteConnection } from './sqlite-connection.ts'
import { sqliteDialect, sqliteEngine } from './sqlite-dialect.ts'
import { ReadDriver } from './sqlite-drivers.ts'

let folder: string
let database: SqliteDatabase
const statements = new Set<string>()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-plans-'))
  const file = join(folder, 'metadata.db')
  const store = await openSqliteMetadata({ file })
  const { id } = await addRepository(store)
  // As many tags as may have a count: of another one it is looked up whether it is among them.
  const pulled = Array.from({ length: COUNTED_TAGS }, (_, at) => tag(`t${at}`))
  const counts = pulled.map(each => ({ repositoryId: id, day: 1, pulls: 1, tag: each }))
  await store.transaction(rows => rows.pullCounts.add(counts))
  await store.close()

  database = await openDatabase(file)
  const recorder = new Kysely<Schema>({
    dialect: sqliteDialect(new ReadDriver(new SqliteConnection(database))),
    log: event => {
      statements.add(event.query.sql)
    },
  })
  await setSortKeys(recorder, [{ repository_id: id, tag: tag('v1') }])
  await useEveryQuery(sqlRows(recorder, sqliteEngine), id)
})

afterAll(async () => {
  database.close()
  await rm(folder, { recursive: true, force: true })
})

async function useEveryQuery(rows: Rows, id: Awaited<ReturnType<typeof addRepository>>['id']): Promise<void> {
  const {
    registries,
    users,
    repositories,
    images,
    bin,
    uploads,
    lifecycle,
    audit,
    schedules,
    accessKeys,
    repositorySettings,
    hiddenRepositories,
    tags,
    restorable,
  } = rows
  const { inventory, moves, tables, tagHistory, reviews, journal, passes, blobs, references } = rows
  const [a, b] = [digest('a'), digest('b')]
  const page = { limit: 10 }
  await registries.find(ACCOUNT)
  await registries.list({ ...page, after: ACCOUNT })
  await registries.update(ACCOUNT, { verified: true })
  await registries.aliases(ACCOUNT)
  await registries.makePrimary(ALIAS)
  await users.create({ accountId: ACCOUNT, userName: 'ada', userId: 'AIDA', createdAt: 1 })
  await users.list(ACCOUNT)
  await users.policies(ACCOUNT, 'ada')
  await accessKeys.list(ACCOUNT, 'ada')
  await accessKeys.principal('AK')
  await repositories.find(ACCOUNT, NAME)
  await repositories.findByAlias(ALIAS, NAME)
  await repositories.imageCount(id)
  await repositories.list(ACCOUNT, { ...page, after: NAME })
  await repositories.count(ACCOUNT)
  await repositories.binTotals(ACCOUNT)
  await repositories.catalog(page)
  await repositories.catalog({ ...page, after: { alias: ALIAS, name: NAME } })
  await repositorySettings.setCatalogData(id, undefined, undefined)
  await hiddenRepositories.list(10)
  await putImage(rows, manifest(id, a), { blobs: [b] })
  await tags.put([{ repositoryId: id, tag: tag('v1'), digest: a, createdAt: 1 }])
  await images.resolve(ALIAS, NAME, { tag: tag('v1') })
  await images.resolve(ALIAS, NAME, { digest: a })
  await images.read(id, a)
  await images.find(id, [a, b])
  await images.list(id, { ...page, after: a })
  await images.existing(id, [a, b])
  await references.parents(id, [a, b])
  await references.parents(id, [a, b], 1)
  await references.weigh(id, [a], 9)
  const user = { accountId: ACCOUNT, userName: 'ada', accessKeyId: 'AK', circumstances: '{}' }
  await rows.imageJobs.create({ id: 'job', kind: 'delete', repositoryId: id, createdAt: 1, ...user }, [])
  await rows.imageJobs.find('job')
  await rows.imageJobs.list(id, ACCOUNT, 10)
  await rows.imageJobs.running(ACCOUNT)
  await rows.imageJobs.next()
  await rows.imageJobs.items('job', { ...page, after: 1 })
  await rows.imageJobs.items('job', { ...page, only: 'waiting' })
  await rows.imageJobs.items('job', { ...page, after: 1, only: 'failed' })
  await rows.imageJobs.settle('job', { outcomes: [], images: 0, tags: 0, at: 1 })
  await rows.imageJobs.finish('job', 'done', undefined, 1)
  await rows.imageJobs.removeFinished(9, 10)
  await rows.belongings.children(id, [a, b], 9)
  await rows.belongings.attached(id, [a, b], 9)
  await rows.belongings.tagged(id, [a, b])
  await rows.belongings.belonging(id, [a, b])
  const days = { first: 1, last: 9 }
  for (const name of [undefined, tag('t1')])
    await rows.pullCounts.add([{ repositoryId: id, day: 1, pulls: 1, tag: name }])
  await rows.pullCounts.byDay(id, days)
  await rows.pullCounts.ofTags(id, [tag('v1'), tag('v2')], days)
  await rows.pullCounts.repositories({ ...page, after: id })
  await rows.pullCounts.removeOutside(days, 10)
  await rows.blobUses.of(id, [a, b], 9)
  await rows.blobUses.count([a, b], 9)
  await references.referrers(id, a, { ...page, enoughBytes: 9, after: a, artifactTypes: ['x'] })
  await references.referrers(id, a, { ...page, enoughBytes: 9, after: a, artifactTypes: ['x', 'y'] })
  await tags.find(id, [tag('v1'), tag('v2')])
  await tags.of(id, [a, b])
  await tags.count(id, [a])
  await tags.list(id, { ...page, after: tag('v1') })
  await tags.names(id, { ...page, after: tag('v1') })
  await tags.newest(id, page)
  await tags.newest(id, { ...page, after: { createdAt: 1, tag: tag('v1') } })
  await tags.firstOf(id, a, 1)
  await rows.shownRepositories.find(ALIAS, NAME)
  await rows.shownRepositories.recent(page)
  await rows.shownRepositories.recent({ ...page, after: { lastPushedAt: 1, id } })
  await rows.shownRepositories.list(ACCOUNT, { ...page, after: NAME })
  await rows.shownRepositories.ofIds([id])
  const entry = { id, accountId: ACCOUNT, alias: ALIAS, name: NAME, verified: true, facets: [], lexemes: ['1web'] }
  await rows.search.put(entry)
  await rows.pullCounts.countForSearch([id], { first: 1, last: 9 })
  for (const order of ['best', 'pulls', 'pushed', 'name'] as const)
    for (const name of ['web', 'tools/w', undefined])
      await rows.search.find({ name, terms: [{ word: 'web', beginning: 'web' }], facets: ['verified'] }, order, 10)
  await rows.search.find({ name: undefined, terms: [], facets: [] }, 'best', 10)
  await rows.search.complete('web', 10)
  await rows.search.list(page)
  await rows.search.list({ ...page, after: id, upTo: id })
  await rows.searchMarks.nextStale()
  await rows.searchMarks.hasOutdated()
  await rows.searchMarks.claimOutdated(10)
  await rows.searchMarks.settle(await rows.searchMarks.claimStale(10))
  await rows.searchMarks.spread(ACCOUNT)
  await rows.search.remove([id])
  await rows.shownRepositories.lackPushTimes()
  await rows.shownRepositories.notePushTimes(10)
  await rows.tagOrder.list(id, page)
  await rows.tagOrder.list(id, { ...page, after: tag('v1') })
  await rows.tagOrder.isLacking()
  await rows.tagOrder.fill(10)
  await rows.imageConfigs.find(b)
  await rows.imageConfigs.platforms(id, [a, b])
  await rows.imageConfigs.ofRepository(id, 2)
  await rows.imageConfigs.lacking(10)
  const described = { repositoryId: id, digest: a, platform: 'linux/amd64', config: { digest: b, facts: {} } }
  await rows.imageConfigs.note([described])
  await images.recordPulls([{ repositoryId: id, digest: a, at: 1 }])
  await bin.add(id, [a, b], { deletedAt: 1, deletedBy: 'ada', reason: 'call', purgeAfter: 2 })
  await bin.list(id, { ...page, after: 9 as DeletionId, notDueAt: 1 })
  await bin.listAll(ACCOUNT, { ...page, after: 9 as DeletionId, notDueAt: 1 })
  await restorable.newest(id, [a, b], 1)
  await restorable.newestTagged(id, [tag('v1'), tag('v2')], 1)
  await restorable.parents(id, [a, b], 1)
  await bin.due(9, 10)
  const [binned] = await bin.list(id, page)
  if (binned === undefined) throw new Error('the bin is empty')
  await restorable.children(binned.id)
  await bin.restore(binned.id, 1, 2)
  await bin.remove([binned.id], 1)
  const move = { repositoryId: id, accountId: ACCOUNT, tag: tag('v1'), movedAt: 1, movedBy: 'ada', keepUntil: 2 }
  await tagHistory.append([{ ...move, from: a, to: b }])
  await tagHistory.list(id, tag('v1'), { ...page, after: 9, notDueAt: 1 })
  await tagHistory.lost(id, { ...page, after: 9, notDueAt: 1 })
  await tagHistory.lostOfAccount(ACCOUNT, { ...page, after: 9, notDueAt: 1 })
  await tagHistory.lostNamed(id, { tags: [tag('v1'), tag('v2')], digests: [a, b] }, 1)
  await tagHistory.giveUp(id, 10)
  await tagHistory.removeDue(9, 10)
  await rows.accountUsage.of(ACCOUNT)
  await lifecycle.find(id)
  await lifecycle.due(9, { ...page, after: id })
  await lifecycle.dueIds(9, 10)
  await lifecycle.findPreview(id)
  await audit.appendForTags({ recordedAt: 1, action: 'DeleteImage', principal: 'ada', via: 'call' }, id, a)
  await audit.list({}, { ...page, after: 1 })
  await audit.list({ accountId: ACCOUNT, repository: NAME }, { ...page, after: 1 })
  await schedules.claim('clean', 1, 2, 1)
  await schedules.finish('clean', 1, '{}')
  await tags.delete(id, [tag('v1'), tag('v2')])
  await images.delete(id, [a, b], 1)
  await blobs.find(id, b)
  await blobs.resolve(ALIAS, NAME, b)
  await blobs.sizes(id, [a, b])
  await blobs.link(id, b, 5)
  await blobs.isReferenced(id, b)
  await reviews.due(1, 10)
  await blobs.collect(b, 1)
  await blobs.commit(id, blob('c'), 1)
  await blobs.unlink(id, digest('c'), 1)
  await uploads.create(upload(id, 'u'))
  await uploads.find(id, upload(id, 'u').id)
  await uploads.expired(1, 10)
  await reviews.state(1)
  await journal.state()
  await uploads.state(1)
  await reviews.collectable(1, { ...page, after: a })
  await reviews.collectableOfBin(1, page)
  await reviews.collectableOfBin(1, { ...page, after: a })
  await bin.state(1)
  await journal.due(1, 10)
  await journal.postpone(key('k'), 1)
  await journal.retryAll()
  await passes.last()
  await inventory.blobs({ ...page, after: a })
  await inventory.findBlob(a)
  await inventory.countDamaged()
  await inventory.damagedImages(10)
  await inventory.knownKeys([key('k'), key('l')])
  await inventory.isOfBlob(key('k'))
  await journal.add(key('k'))
  await blobs.markDamaged(blob('c'), 1)
  await inventory.counts({ ...page, after: id })
  await inventory.recount(id)
  await inventory.linked(id, [a, b])
  await references.of(id, a)
  await moves.find('source')
  await moves.intend([key('k')])
  await moves.setWhole(key('k'), true)
  await moves.written([key('k'), key('l')])
  await moves.journal({ ...page, after: key('k') })
  for (const table of tables.tables)
    await tables.page(table, Object.fromEntries(table.key.map(column => [column, 'x'])))
  await users.delete(ACCOUNT, 'ada')
  await hiddenRepositories.delete(id, 1)
}

const planOf = (statement: string) => {
  const parameters = Array.from(statement.matchAll(/\?/g), () => null)
  const steps = database.prepare(`explain query plan ${statement}`).all(...parameters) as { detail: string }[]
  return steps.map(step => step.detail)
}

// Foreign keys are on: a plan holds the look-ups that check them, too.
describe('query plans', () => {
  it('read every table by an index', () => {
    const scans = [...statements].flatMap(statement =>
      planOf(statement)
        // The journal and the marks are little but their keys, read from the start. What a subquery made is no table,
        // and neither is what a statement is given. FTS5 reads its index.
        .filter(step =>
          /^SCAN (?!removals$|search_stale$|(?:page|given|step)$|CONSTANT ROW$|\(subquery-\d+\)$|.* USING |(?:search_\w+|json_each) VIRTUAL TABLE INDEX)/.test(
            step,
          ),
        )
        .map(step => `${step}: ${statement}`),
    )
    expect(statements.size).toBeGreaterThan(50)
    expect(scans).toEqual([])
  })

  it('walk no more of a repository than they were asked for', () => {
    // Where a tag, digest or blob is given, its column must be part of the search.
    const ofTags = [...statements].filter(each => /"(?:digest|tag)" in \(/.test(each)).flatMap(planOf)
    expect(ofTags.filter(step => /\(repository_id=\?\)/.test(step))).toEqual([])
  })

  it('find the few referrers of one type among many of others', () => {
    const statement = Array.from(statements).find(sql => sql.includes('lower(artifact_type) = ?')) ?? ''
    const [step = ''] = planOf(statement)
    expect(step).toMatch(/subject=\? AND <expr>=\? AND digest>\?/)
  })

  it('sort no listing that is read by pages', () => {
    const paged = [...statements].filter(each => each.includes(' limit '))
    expect(paged.flatMap(planOf).filter(isSorting)).toEqual([])
  })

  // An operator may have it analyzed; few registries then look like the best place to begin.
  it('take the repositories that were pushed last from their index, whatever is known of the tables', () => {
    database.exec('analyze; delete from sqlite_stat1')
    const add = database.prepare('insert into sqlite_stat1 (tbl, idx, stat) values (?, ?, ?)')
    for (const [table, ...rows] of ANALYZED) for (const [index, stat] of rows) add.run(table, index, stat)
    database.exec('analyze sqlite_schema')
    const recent = [...statements].filter(each => each.includes('order by "last_pushed_at" desc, "id" desc'))
    expect(recent).toHaveLength(2)
    expect(recent.flatMap(planOf).filter(isSorting)).toEqual([])
  })
})

const isSorting = (step: string) => step.includes('TEMP B-TREE')

/** What SQLite notes of 50 registries with 2,000 repositories each (lang_analyze.html). */
const ANALYZED = [
  ['registries', ['sqlite_autoindex_registries_1', '50 1']],
  ['aliases', ['aliases_primary', '50 1'], ['aliases_account', '50 1'], ['sqlite_autoindex_aliases_1', '50 1']],
  [
    'repositories',
    ['repositories_shown', '100000 2000 1'],
    ['repositories_pushed', '100000 1 1'],
    ['sqlite_autoindex_repositories_1', '100000 2000 1'],
  ],
] as const
