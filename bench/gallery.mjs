// npm run bench:gallery: what a page of tags costs the event loop, of 100 tags and of 100,000, on SQLite.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteMetadata } from '../packages/server/dist/adapters/metadata-sqlite/open-sqlite-metadata.js'
import { MemoryBudget } from '../packages/server/dist/http/memory-budget.js'
import { FactsOfImages } from '../packages/server/dist/registry/gallery/facts-of-images.js'
import { showTags } from '../packages/server/dist/registry/gallery/tag-page.js'
import { fillTags, PATH } from './tags-fill.mjs'

const SIZES = [100, 100_000]
const CALLS = 200

const folder = mkdtempSync(join(tmpdir(), 'berth-bench-gallery-'))
try {
  for (const size of SIZES) {
    const metadata = await openSqliteMetadata({ file: join(folder, `${size}.db`) })
    await fillTags(metadata, size)
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
