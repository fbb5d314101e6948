// npm run bench:gallery: what a page of tags costs the event loop, of 100 tags and of 100,000, on SQLite.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteMetadata } from '../packages/server/dist/adapters/metadata-sqlite/open-sqlite-metadata.js'
import { digestOf } from '../packages/server/dist/domain/digest.js'
import { MemoryBudget } from '../packages/server/dist/http/memory-budget.js'
import { FactsOfImages } from '../packages/server/dist/registry/gallery/facts-of-images.js'
import { showTags } from '../packages/server/dist/registry/gallery/tag-page.js'

const SIZES = [100, 100_000]
const CALLS = 200
const TAGS_OF_AN_IMAGE = 2
/** @type {any} */
const ACCOUNT = '111111111111'
/** @type {any} */
const PATH = { alias: 'acme', name: 'tools/web' }

const folder = mkdtempSync(join(tmpdir(), 'berth-bench-gallery-'))
try {
  for (const size of SIZES) {
    const metadata = await openSqliteMetadata({ file: join(folder, `${size}.db`) })
    await fill(metadata, size)
    /** @type {any} */
    const context = { metadata }
    const services = { context, mayRead: () => true, facts: new FactsOfImages(context) }
    const share = new MemoryBudget({ limitBytes: 2 ** 27 }).share({})
    for (const order of /** @type {const} */ (['newest', 'name'])) {
      /** @type {any} */
      const after = { tag: `1.${size / 2}`, createdAt: size / 2 }
      const times = []
      for (let call = 0; call < CALLS; call += 1) {
        const start = performance.now()
        const page = await showTags(services, 'nobody', PATH, { order, filter: '', after }, share)
        times.push(performance.now() - start)
        if (page.lines.length < 49) throw new Error('a page is short')
      }
      times.sort((a, b) => a - b)
      console.log(
        `${size} tags, a page by ${order}: ${times[CALLS / 2]?.toFixed(2)} ms, p99 ${times[CALLS - 2]?.toFixed(2)} ms`,
      )
    }
    await metadata.close()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/**
 * One repository with so many tags.
 *
 * @param {import('../packages/server/dist/ports/metadata-store.js').MetadataStore} metadata
 * @param {number} size
 */
async function fill(metadata, size) {
  const { id } = await metadata.transaction(async rows => {
    await rows.registries.create({
      accountId: ACCOUNT,
      createdAt: 1,
      displayName: undefined,
      verified: false,
      createOnPush: false,
    })
    await rows.registries.addAlias({
      alias: PATH.alias,
      accountId: ACCOUNT,
      primary: true,
      isDefault: true,
      createdAt: 1,
    })
    const absent = { policyText: undefined, catalogData: undefined, resourceTags: [] }
    return rows.repositories.create({ accountId: ACCOUNT, name: PATH.name, createdAt: 1, ...absent })
  })
  for (let start = 0; start < size; start += 1_000)
    await metadata.transaction(async rows => {
      for (let at = start; at < Math.min(size, start + 1_000); at += TAGS_OF_AN_IMAGE) {
        const digest = digestOf(`image ${at}`)
        /** @type {any} */
        const image = {
          repositoryId: id,
          digest,
          mediaType: 'application/vnd.oci.image.manifest.v1+json',
          sizeBytes: 2,
          imageSizeBytes: 9,
          pushedAt: at,
        }
        await rows.images.put(image, Buffer.from('{}'), { blobs: [], children: [] })
        /** @type {any} */
        const tags = Array.from({ length: TAGS_OF_AN_IMAGE }, (_, more) => ({
          repositoryId: id,
          tag: `1.${at + more}`,
          digest,
          createdAt: at + more,
        }))
        await rows.tags.put(tags)
      }
    })
}
