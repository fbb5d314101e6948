import { describe, expect, it } from 'vitest'
import { digestOf } from '../../domain/digest.ts'
import { OCI_INDEX, OCI_MANIFEST } from '../../domain/manifest/media-types.ts'
import { parseRegistryAlias, parseRepositoryName } from '../../domain/names.ts'
import {
  imageManifest,
  pushBlob,
  putManifest,
  REPOSITORY,
  type RunningRegistry,
  withRegistry,
} from './testing/oci-harness.ts'

const CHILD = imageManifest({ annotations: { is: 'listed' } })
const KEPT = imageManifest({ annotations: { is: 'kept' } })
const INDEX = JSON.stringify({
  schemaVersion: 2,
  mediaType: OCI_INDEX,
  manifests: [{ mediaType: OCI_MANIFEST, digest: digestOf(CHILD), size: CHILD.length }],
})
const ABSENT = digestOf('never pushed')

async function fill({ url, context: { metadata } }: RunningRegistry): Promise<void> {
  await pushBlob(url, '{}')
  await putManifest(url, `${digestOf(CHILD)}?tag=child`, CHILD)
  await putManifest(url, `${digestOf(KEPT)}?tag=keep-1&tag=keep-2&tag=loose`, KEPT)
  await putManifest(url, 'multi', INDEX, { contentType: OCI_INDEX })
  const path = { alias: parseRegistryAlias('acme'), name: parseRepositoryName('tools/web') }
  const row = (await metadata.rows.repositories.findByAlias(path.alias, path.name))?.repository
  if (row === undefined) throw new Error('there is no repository')
  const settings = { ...row.settings, protectedTags: ['keep-*'] }
  await metadata.transaction(rows => rows.repositorySettings.set(row.id, settings))
}

/** What DELETE of each reference is answered, where it takes nothing away. */
const REFUSALS: readonly (readonly [reference: string, status: number, code: string, message: string])[] = [
  [ABSENT, 404, 'MANIFEST_UNKNOWN', 'Requested image not found'],
  [`sha384:${'0'.repeat(96)}`, 404, 'MANIFEST_UNKNOWN', 'Requested image not found'],
  ['absent', 404, 'MANIFEST_UNKNOWN', 'Requested image not found'],
  ['-bad', 404, 'MANIFEST_UNKNOWN', 'Requested image not found'],
  ['x'.repeat(129), 404, 'MANIFEST_UNKNOWN', 'Requested image not found'],
  ['sha256:ab', 400, 'DIGEST_INVALID', "'sha256:ab' is not a sha256 or sha512 digest"],
  [ABSENT.toUpperCase(), 400, 'DIGEST_INVALID', `'${ABSENT.toUpperCase()}' is not a sha256 or sha512 digest`],
  [digestOf(CHILD), 405, 'UNSUPPORTED', `Requested image referenced by manifest list: [${digestOf(INDEX)}]`],
  [digestOf(KEPT), 403, 'DENIED', "The repository 'tools/web' protects tags of this image: [keep-1, keep-2]"],
  ['keep-2', 403, 'DENIED', "The repository 'tools/web' protects tags of this image: [keep-2]"],
]

describe('DELETE of a manifest or tag', () => {
  it(
    'words what stays, and why',
    withRegistry(async registry => {
      await fill(registry)
      for (const [reference, status, code, message] of REFUSALS) {
        const response = await fetch(`${registry.url}/v2/${REPOSITORY}/manifests/${reference}`, { method: 'DELETE' })
        expect([reference, response.status, await response.text()]).toEqual([
          reference,
          status,
          JSON.stringify({ errors: [{ code, message }] }),
        ])
        expect(response.headers.get('allow'), reference).toBe(status === 405 ? 'GET, HEAD, PUT' : null)
      }
    }),
  )

  it(
    'takes a tag alone, also the last of an image that an index lists, and an image with all of its tags',
    withRegistry(async registry => {
      await fill(registry)
      const send = (method: string, reference: string) =>
        fetch(`${registry.url}/v2/${REPOSITORY}/manifests/${reference}`, { method })
      for (const reference of ['child', 'loose', digestOf(INDEX), digestOf(CHILD)]) {
        const response = await send('DELETE', reference)
        expect([reference, response.status, await response.text()]).toEqual([reference, 202, ''])
      }
      expect((await send('HEAD', 'multi')).status).toBe(404)
      expect((await send('HEAD', 'keep-1')).status).toBe(200)
    }),
  )
})
