import { sql } from 'kysely'
import type { SqlSearch } from '../metadata-sql/engine.ts'

const again = (conflict: string) => `on conflict ${conflict} do update set changes = search_stale.changes + 1`
const markOf = (account: string, id: string) =>
  `insert into search_stale (account_id, repository_id, changes) values (${account}, ${id}, 1)
    ${again('(account_id, repository_id)')};`

/** A trigger that marks. `when` is empty for a trigger that always does. */
const trigger = (name: string, event: string, when: string, ...marks: readonly string[]) =>
  `create trigger stale_of_${name} after ${event} ${when === '' ? '' : `when ${when}`} begin ${marks.join(' ')} end`

const HAS_CHANGED = `old.name <> new.name or old.catalog_data is not new.catalog_data
  or (old.image_count > 0) <> (new.image_count > 0)`

/** Whether another image of the repository has the platform: one step of the partial index. */
const hasOther = (row: 'old' | 'new') =>
  `exists (select 1 from manifests where repository_id = ${row}.repository_id and platform = ${row}.platform
    and platform <> '' and digest <> ${row}.digest)`

const markOfRepository = (row: 'old' | 'new') =>
  `insert into search_stale (account_id, repository_id, changes)
    select account_id, id, 1 from repositories where id = ${row}.repository_id ${again('(account_id, repository_id)')};`

/**
 * FTS5 is given lexemes that need no further splitting, and tells which row has which. It keeps their texts: tables
 * without them can lose a row only from SQLite 3.43 on, and older programs could not even list the columns of such a
 * database. Its ascii tokenizer takes every character that is not of ASCII for a letter. Parts of names are found by
 * threes.
 */
export const sqliteSearch: SqlSearch = {
  tables: () => [
    `create virtual table search_words using fts5(
      words, content='', contentless_delete=1, tokenize='ascii', detail=none, prefix='3 4')`,
    `create virtual table search_parts using fts5(path, content='', contentless_delete=1, tokenize='trigram')`,
  ],

  remade: () => [
    'drop table search_words',
    'drop table search_parts',
    `create virtual table search_words using fts5(words, tokenize='ascii', detail=none, prefix='3 4')`,
    `create virtual table search_parts using fts5(path, tokenize='trigram')`,
    `insert into search_stale (account_id, repository_id, changes)
      select account_id, id, 1 from repositories where image_count > 0 ${again('(account_id, repository_id)')}`,
  ],

  marking: () => [
    trigger('repositories_insert', 'insert on repositories', 'new.image_count > 0', markOf('new.account_id', 'new.id')),
    trigger(
      'repositories_update',
      'update of name, catalog_data, image_count on repositories',
      HAS_CHANGED,
      markOf('new.account_id', 'new.id'),
    ),
    trigger('repositories_delete', 'delete on repositories', '', markOf('old.account_id', 'old.id')),
    trigger('registries', 'update of display_name, verified on registries', '', markOf('new.account_id', '0')),
    trigger('aliases_insert', 'insert on aliases', '', markOf('new.account_id', '0')),
    trigger('aliases_update', 'update on aliases', '', markOf('new.account_id', '0')),
    trigger('aliases_delete', 'delete on aliases', '', markOf('old.account_id', '0')),
  ],

  markingPlatforms: () => [
    trigger(
      'platforms_update',
      'update of platform on manifests',
      `new.platform <> '' and new.platform is not old.platform and not ${hasOther('new')}`,
      markOfRepository('new'),
    ),
    trigger(
      'platforms_delete',
      'delete on manifests',
      `old.platform <> '' and not ${hasOther('old')}`,
      markOfRepository('old'),
    ),
  ],

  async put(db, id, lexemes, path) {
    await sql`insert or replace into search_words (rowid, words) values (${id}, ${lexemes.join(' ')})`.execute(db)
    await sql`insert or replace into search_parts (rowid, path) values (${id}, ${path})`.execute(db)
  },

  async remove(db, ids) {
    const list = sql.join(ids)
    await sql`delete from search_words where rowid in (${list})`.execute(db)
    await sql`delete from search_parts where rowid in (${list})`.execute(db)
  },

  async clear(db) {
    await db.deleteFrom('search_entries').execute()
    await sql`delete from search_words`.execute(db)
    await sql`delete from search_parts`.execute(db)
  },

  matching: wanted => sql`select rowid as id from search_words where search_words match ${queryOf(wanted)}`,

  // Each three characters are looked for by themselves: where they must follow each other, FTS5 compares all places
  // that they have in a name.
  containing: part => sql`select rowid as id from search_parts where search_parts match ${threesOf(part)}`,

  array: 'json_group_array',

  pairs: json => sql`(select value ->> 0 as id, value ->> 1 as tier from json_each(${json}))`,

  packed: (columns, order) => sql`json_group_array(json_array(${columns}) order by ${order})`,
}

/** The lexemes in the language of FTS5: each is a string, so that nothing in it is syntax (fts5.html, section 3). */
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`

const queryOf = (wanted: readonly (readonly string[])[]): string =>
  wanted.map(some => `(${some.map(quoted).join(' OR ')})`).join(' AND ')

/** The most threes that are looked for: each costs a walk through the names that have it. */
const MOST_THREES = 12

function threesOf(part: string): string {
  const threes = Array.from({ length: part.length - 2 }, (_, at) => part.slice(at, at + 3))
  return [...new Set(threes)].slice(0, MOST_THREES).map(quoted).join(' AND ')
}
