import { sql } from 'kysely'
import type { SqlSearch } from '../metadata-sql/engine.ts'
import { patternOf } from '../metadata-sql/rows/gallery/search.ts'

/** A function that marks, and its trigger. */
const marking = (name: string, on: string, account: string, id: string, result = 'null') => [
  `create function stale_of_${name}() returns trigger language plpgsql as $$ begin
    insert into search_stale (account_id, repository_id, changes) values (${account}, ${id}, 1)
      on conflict (account_id, repository_id) do update set changes = search_stale.changes + 1;
    return ${result};
  end $$`,
  `create trigger stale_of_${name} after ${on} execute function stale_of_${name}()`,
]

const HAS_CHANGED = `old.name <> new.name or old.catalog_data is distinct from new.catalog_data
  or (old.image_count > 0) <> (new.image_count > 0)`

/** Marks the repositories of rows whose platform no other image has. */
const platforms = (event: 'update' | 'delete', on: string, changed: string) => [
  `create function stale_of_platforms_${event}() returns trigger language plpgsql as $$ begin
    insert into search_stale (account_id, repository_id, changes)
      select distinct account_id, id, 1 from ${changed} join repositories on repositories.id = changed.repository_id
        where changed.platform <> '' and not exists (
          select 1 from manifests where repository_id = changed.repository_id and platform = changed.platform
            and platform <> '' and digest <> changed.digest)
        order by 1, 2
      on conflict (account_id, repository_id) do update set changes = search_stale.changes + 1;
    return null;
  end $$`,
  `create trigger stale_of_platforms_${event} after ${on} execute function stale_of_platforms_${event}()`,
]

/** What must not keep the tables from being made: a role that may not, or a server without the module. */
const ifPossible = (statement: string) => `do $$ begin ${statement}; exception when others then null; end $$`

/**
 * A `tsvector` of lexemes with a GIN index, which must not be searched through a list of what is pending. Beginnings of
 * names need no operator class of their own, since the columns compare byte by byte. Parts of names are found by
 * pg_trgm, where the role may create it.
 */
export const postgresSearch: SqlSearch = {
  tables: () => [
    `create table search_words (repository_id bigint primary key, words tsvector not null)`,
    `create index search_words_words on search_words using gin (words) with (fastupdate = off)`,
    ifPossible('create extension if not exists pg_trgm'),
    ifPossible('create index search_entries_parts on search_entries using gin (path gin_trgm_ops)'),
  ],

  marking: () => [
    ...marking(
      'repositories_insert',
      'insert on repositories for each row when (new.image_count > 0)',
      'new.account_id',
      'new.id',
    ),
    ...marking(
      'repositories_update',
      `update of name, catalog_data, image_count on repositories for each row when (${HAS_CHANGED})`,
      'new.account_id',
      'new.id',
    ),
    ...marking('repositories_delete', 'delete on repositories for each row', 'old.account_id', 'old.id'),
    ...marking('registries', 'update of display_name, verified on registries for each row', 'new.account_id', '0'),
    ...marking('aliases_insert', 'insert or update on aliases for each row', 'new.account_id', '0'),
    ...marking('aliases_delete', 'delete on aliases for each row', 'old.account_id', '0'),
  ],

  remade: () => [],

  markingPlatforms: () => [
    ...platforms(
      'update',
      `update of platform on manifests for each row
        when (new.platform <> '' and new.platform is distinct from old.platform)`,
      '(select new.repository_id, new.platform, new.digest) as changed',
    ),
    // Many images go at once: the statement marks their repositories once.
    ...platforms('delete', 'delete on manifests referencing old table as changed for each statement', 'changed'),
  ],

  async put(db, id, lexemes) {
    await sql`insert into search_words (repository_id, words) values (${id}, array_to_tsvector(${lexemes}::text[]))
      on conflict (repository_id) do update set words = excluded.words`.execute(db)
  },

  async remove(db, ids) {
    await sql`delete from search_words where repository_id in (${sql.join(ids)})`.execute(db)
  },

  async clear(db) {
    await sql`truncate search_words, search_entries`.execute(db)
  },

  matching: wanted => sql`select repository_id as id from search_words where words @@ ${queryOf(wanted)}::tsquery
    ${wanted.length > MOST_GATHERED ? sql`order by repository_id` : sql``}`,

  containing: part => sql`select repository_id as id from search_entries where path like ${patternOf(part)}
    and to_regclass('search_entries_parts') is not null`,

  array: 'json_agg',

  pairs: json =>
    sql`(select (value ->> 0)::bigint as id, (value ->> 1)::int as tier from json_array_elements(${json}::json))`,

  packed: (columns, order) => sql`json_agg(json_build_array(${columns}) order by ${order})`,
}

/**
 * GIN gathers all that have each of the lexemes before it gives the first. Of more lexemes than these that takes long
 * where they are common, and PostgreSQL may walk along the key instead, up to the limit that follows.
 */
const MOST_GATHERED = 2

/** Every lexeme is quoted, so that nothing in it is syntax (PostgreSQL, 8.11.2). */
const quoted = (text: string) => `'${text.replace(/['\\]/g, '$&$&')}'`

const queryOf = (wanted: readonly (readonly string[])[]): string =>
  wanted.map(some => `(${some.map(quoted).join(' | ')})`).join(' & ')
