import { algorithmOf, type Digest, digestOf } from '../../domain/digest.ts'
import { readStoredManifest } from '../../domain/manifest/manifest.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { Page } from '../../ports/rows/common.ts'
import type { ManifestReferences, ManifestRow } from '../../ports/rows/images/images.ts'
import type { RepositoryCount } from '../../ports/rows/upkeep/inventory.ts'
import { everyRow } from '../every-page.ts'
import { sortReferences } from '../images/references.ts'
import type { Finding, Inspection } from './inspection.ts'

/**
 * Finds manifests that need what is not there, and manifests that need what is there without a record, so that nothing
 * would keep it. Repair writes the record. What is missing comes back by a push only.
 */
export async function* checkManifests(inspection: Inspection, repository: RepositoryCount): AsyncGenerator<Finding> {
  const { context, repair, checked, onProgress } = inspection
  const { metadata } = context
  const { rows } = metadata
  const list = (page: Page<Digest>) => rows.images.list(repository.id, page)
  for await (const row of everyRow(list, each => each.digest)) {
    const suspect = await look(rows, row)
    checked.manifests += 1
    onProgress()
    if (suspect === undefined) continue
    // The manifest is looked at again where no push or delete can come between.
    const facts = await metadata.transaction(async inside => {
      if ((await inside.images.existing(row.repositoryId, [row.digest])).size === 0) return undefined
      const now = await look(inside, row)
      if (repair && now?.references !== undefined)
        await inside.references.add(row.repositoryId, row.digest, now.references)
      return now
    })
    yield* findingsOf(facts, `${repository.path}@${row.digest}`, repair)
  }
}

interface Facts {
  readonly corrupt?: string | undefined
  readonly missing: readonly Digest[]
  /** The digests that are there and not recorded. */
  readonly lost: readonly Digest[]
  /** The references that should be recorded. */
  readonly references?: ManifestReferences | undefined
}

const NOTHING = { missing: [], lost: [] }

function* findingsOf(facts: Facts | undefined, subject: string, repair: boolean): Generator<Finding> {
  if (facts === undefined) return
  const { corrupt, missing, lost } = facts
  if (corrupt !== undefined) yield { kind: 'corruptManifest', subject, detail: corrupt, mended: false }
  for (const digest of missing)
    yield { kind: 'missingReference', subject, detail: `the repository does not hold ${digest}`, mended: false }
  for (const digest of lost)
    yield { kind: 'lostReference', subject, detail: `nothing keeps ${digest} for it`, mended: repair }
}

/** Looks at one manifest. Undefined where all is well. */
async function look(rows: Rows, { repositoryId, digest, mediaType }: ManifestRow): Promise<Facts | undefined> {
  const { images, inventory, references } = rows
  const bytes = await images.read(repositoryId, digest)
  if (bytes === undefined) return { ...NOTHING, corrupt: 'its document is missing' }
  const own = digestOf(bytes, algorithmOf(digest))
  const manifest = readStoredManifest(bytes, mediaType)
  // A manifest of schema 1 has the digest of its payload, or that of all bytes where it was pushed before the two were
  // told apart.
  const isOwn = manifest !== undefined && digestOf(manifest.digestedBytes, algorithmOf(digest)) === digest
  if (own !== digest && !isOwn) return { ...NOTHING, corrupt: `its document is that of ${own}` }
  if (manifest === undefined) return { ...NOTHING, corrupt: 'its document cannot be understood' }
  const heldBlobs = (digests: readonly Digest[]) => inventory.linked(repositoryId, digests)
  const sorted = await sortReferences(rows, repositoryId, manifest, { heldBlobs })
  const recorded = await references.of(repositoryId, digest)
  const [blobs, children] = [new Set(recorded.blobs), new Set(recorded.children)]
  const lost = [
    ...sorted.blobs.filter(each => !blobs.has(each)),
    ...sorted.children.filter(each => !children.has(each)),
  ]
  const missing = [...sorted.missingBlobs, ...sorted.missingChildren]
  return lost.length + missing.length === 0 ? undefined : { missing, lost, references: sorted }
}
