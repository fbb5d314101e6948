// A registry of very many images, written into berth's tables by PostgreSQL itself, without indexes and foreign keys,
// which are made afterwards. Everything follows from an image's number, so that any of them can be asked for.

import { createHash } from 'node:crypto'

export const IMAGES_PER_REPOSITORY = 100_000
/** Look-ups by name should meet as many names as there would be. */
const IMAGES_PER_EMPTY_REPOSITORY = 20
export const ALIAS = /** @type {import('../packages/server/dist/domain/names.js').RegistryAlias} */ ('bench')
export const ACCOUNT = /** @type {import('../packages/server/dist/domain/names.js').AccountId} */ ('123456789012')
/** Base layers of a repository, beside the one that all repositories share. */
const BASES = 9
/** Blobs that nothing refers to, and whose review is due: the collector's work. */
export const UNNEEDED = 6_000

/**
 * @param {string} text
 * @returns {import('../packages/server/dist/domain/digest.js').Digest}
 */
const sha256 = text => /** @type {any} */ (`sha256:${createHash('sha256').update(text).digest('hex')}`)
export const imageDigest = n => sha256(`image ${n}`)
export const layerDigest = n => sha256(`layer ${n}`)
export const baseDigest = (repository, n) => (n % 10 === 0 ? sha256('base') : sha256(`base ${repository} ${n % 10}`))
/** @returns {import('../packages/server/dist/ports/rows/common.js').RepositoryId} */
export const repositoryOf = n => /** @type {any} */ (1 + Math.floor((n - 1) / IMAGES_PER_REPOSITORY))
/** @returns {import('../packages/server/dist/domain/names.js').RepositoryName} */
export const repositoryName = id => /** @type {any} */ (`bulk/${id}`)
/**
 * Named for a hash, as builds are.
 *
 * @returns {import('../packages/server/dist/domain/names.js').Tag}
 */
export const tagOf = n => /** @type {any} */ (`build-${imageDigest(n).slice(7, 23)}`)
/** Of every hundred images, the first three (signatures and the like) refer to this one. */
export const subjectOf = n => n - ((n - 1) % 100) + 49
/** Of every twenty images, one is an index that lists the two after it. */
export const isIndexOrChild = n => n % 20 >= 17

const digest = text => `'sha256:' || encode(sha256((${text})::bytea), 'hex')`
/** Each image's number and digests, made once. */
const NUMBERS = images => `create temporary table numbers on commit drop as
  select n, r, ${digest(`'image ' || n`)} as image, ${digest(`'layer ' || n`)} as layer,
    case when n % 10 = 0 then ${digest(`'base'`)} else ${digest(`'base ' || r || ' ' || n % 10`)} end as base
  from generate_series(1, ${images}) as n, lateral (select 1 + (n - 1) / ${IMAGES_PER_REPOSITORY}) as of (r)`
const uuid = text => `md5(${text})::uuid::text`
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'
const PRINCIPAL = `arn:aws:iam::${ACCOUNT}:user/bench`
const CONFIG = 'application/vnd.oci.image.config.v1+json'

/**
 * Fills the tables that berth's migrations made in the database of `client` with `images` images. Each has a tag, a
 * layer of its own, a base layer and a manifest of `manifestBytes`.
 */
export async function fill(client, { images, manifestBytes, log }) {
  const now = Date.now()
  const repositories = `generate_series(1, ${repositoryOf(images)}) as r`
  const unneeded = `generate_series(1, ${UNNEEDED}) as n`
  const padding = `convert_to(repeat(' ', ${manifestBytes - 32}) || '}', 'UTF8')`
  const pushed = `${now} - (${images} - n) * 100`
  const rows = {
    registries: `values ('${ACCOUNT}', ${now}, null, 0, 0)`,
    aliases: `values ('${ALIAS}', '${ACCOUNT}', 1, 1, ${now})`,
    'repositories (id, account_id, name, created_at, resource_tags, image_count)': `
      select r, '${ACCOUNT}', 'bulk/' || r, ${now}, '[]',
        least(${IMAGES_PER_REPOSITORY}, ${images} - (r - 1) * ${IMAGES_PER_REPOSITORY}) from ${repositories}
      union all select ${repositoryOf(images)} + r, '${ACCOUNT}', 'empty/' || r, ${now}, '[]', 0
      from generate_series(1, ${Math.ceil(images / IMAGES_PER_EMPTY_REPOSITORY)}) as r`,
    'blobs (digest, size_bytes, storage_key, lease_until)': `
      select layer, 5000000, ${uuid(`'layer ' || n`)}, 0 from numbers
      union all select ${digest(`'base'`)}, 30000000, ${uuid(`'base'`)}, 0
      union all select ${digest(`'base ' || r || ' ' || b`)}, 30000000, ${uuid(`'base ' || r || ' ' || b`)}, 0
        from ${repositories}, generate_series(1, ${BASES}) as b
      union all select ${digest(`'unneeded ' || n`)}, 5000000, ${uuid(`'unneeded ' || n`)}, 0 from ${unneeded}`,
    'repository_blobs (repository_id, digest, lease_until)': `
      select r, layer, 0 from numbers
      union all select r, ${digest(`'base'`)}, 0 from ${repositories}
      union all select r, ${digest(`'base ' || r || ' ' || b`)}, 0
        from ${repositories}, generate_series(1, ${BASES}) as b
      union all select 1 + n % ${repositoryOf(images)}, ${digest(`'unneeded ' || n`)}, 0 from ${unneeded}`,
    [`manifests (repository_id, digest, media_type, artifact_type, config_media_type, subject, size_bytes,
        image_size_bytes, pushed_at)`]: `
      select r, image, case when n % 20 = 17 then '${INDEX}' else '${MANIFEST}' end,
        case when n % 100 between 1 and 3 then 'application/vnd.example.signature' else '${CONFIG}' end, '${CONFIG}',
        case when n % 100 between 1 and 3 then ${digest(`'image ' || (n - n % 100 + 50)`)} end,
        ${manifestBytes}, 35000000, ${pushed} from numbers`,
    manifest_bytes: `
      select r, image, convert_to('{"schemaVersion":2,"n":' || n, 'UTF8') || ${padding} from numbers`,
    manifest_blobs: `select r, image, blob from numbers, lateral (values (layer), (base)) as blobs (blob)`,
    manifest_children: `
      select r, image, ${digest(`'image ' || n + child`)} from numbers, generate_series(1, 2) as child where n % 20 = 17`,
    tags: `select r, 'build-' || substr(image, 8, 16), image, ${pushed} from numbers`,
    // The bin and the audit log, so that their rows can be weighed: one image in a hundred was deleted lately.
    [`deleted_images (id, repository_id, account_id, digest, media_type, config_media_type, size_bytes,
        image_size_bytes, pushed_at, bytes, deleted_at, deleted_by, reason, purge_after)`]: `
      select n, r, '${ACCOUNT}', ${digest(`'deleted ' || n`)}, '${MANIFEST}', '${CONFIG}', ${manifestBytes}, 35000000,
        ${pushed}, convert_to('{"schemaVersion":2,"n":' || n, 'UTF8') || ${padding}, ${now}, '${PRINCIPAL}', 'call',
        ${now} + 7 * 86400000 from numbers where n % 100 = 60`,
    deleted_image_tags: `select n, 'build-' || substr(image, 8, 16), r from numbers where n % 100 = 60`,
    deleted_image_blobs: `
      select n, blob from numbers, lateral (values (layer), (base)) as blobs (blob) where n % 100 = 60`,
    'audit_log (recorded_at, action, principal, source_address, via, account_id, repository, digest, tag)': `
      select ${now}, 'DeleteImage', '${PRINCIPAL}', '192.0.2.1', 'call', '${ACCOUNT}', 'bulk/' || r, image,
        'build-' || substr(image, 8, 16) from numbers where n % 100 = 60`,
    // What was pushed within the time of a lease (one image in a hundred here) waits for its review. The review
    // of what nothing needs is due.
    blob_reviews: `
      select layer, ${now + 6 * 3_600_000} from numbers where n % 100 = 50
      union all select ${digest(`'unneeded ' || n`)}, ${now} - n from ${unneeded}`,
  }

  await client.query('begin')
  const names = Object.keys(rows).map(name => name.split(' ')[0])
  // Emptied in this transaction, so that what comes is not logged.
  await client.query(`truncate ${names.join(', ')} cascade`)
  await timed('numbers', log, () => client.query(NUMBERS(images)))
  const definitions = await takeDefinitions(client, names)
  for (const [name, values] of Object.entries(rows))
    await timed(`rows of ${name.split(' ')[0]}`, log, () => client.query(`insert into ${name} ${values}`))
  for (const { about, statement } of definitions) await timed(about, log, () => client.query(statement))
  await client.query(`select setval('deleted_images_id_seq', ${images})`)
  await client.query('commit')
  // Readers need not note then which rows are committed, and the planner knows the tables.
  await timed('vacuum', log, () => client.query('vacuum (analyze)'))
  await client.query('checkpoint')
}

/** Drops indexes and constraints of the tables, and returns what makes them again, in order. */
async function takeDefinitions(client, tables) {
  const list = `array[${tables.map(name => `'${name}'::regclass`).join(', ')}]`
  // Foreign keys last: what is there holds by the way it is made, so they are checked for new rows only.
  const { rows: constraints } = await client.query(`
    select conrelid::regclass as owner, quote_ident(conname) as name, contype as kind, pg_get_constraintdef(oid) as text
    from pg_constraint where contype in ('p', 'u', 'f') and (conrelid = any (${list}) or confrelid = any (${list}))
    order by contype = 'f' desc, conname`)
  const { rows: indexes } = await client.query(`
    select indexrelid::regclass as name, pg_get_indexdef(indexrelid) as text from pg_index
    where indrelid = any (${list})
      and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u'))`)
  for (const { owner, name } of constraints) await client.query(`alter table ${owner} drop constraint ${name}`)
  for (const { name } of indexes) await client.query(`drop index ${name}`)

  const add = ({ owner, name, text }, suffix) => ({
    about: `constraint ${name}`,
    statement: `alter table ${owner} add constraint ${name} ${text} ${suffix}`,
  })
  return [
    ...constraints.filter(({ kind }) => kind !== 'f').map(constraint => add(constraint, '')),
    ...indexes.map(({ name, text }) => ({ about: `index ${name}`, statement: text })),
    ...constraints.filter(({ kind }) => kind === 'f').map(constraint => add(constraint, 'not valid')),
  ]
}

async function timed(about, log, work) {
  const start = performance.now()
  await work()
  const seconds = (performance.now() - start) / 1000
  if (seconds > 1) log(`  ${about}: ${seconds.toFixed(0)} s`)
}

/** How many rows each of the larger tables has, and its bytes and those of its indexes; the largest first. */
export async function sizes(client) {
  const { rows } = await client.query(`
    select relname as name, reltuples::float8 as rows, pg_table_size(oid)::float8 as "tableBytes",
      pg_indexes_size(oid)::float8 as "indexBytes"
    from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and reltuples > 1000
    order by pg_total_relation_size(oid) desc`)
  return rows
}
