import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { digestOf } from '../../domain/digest.ts'
import { OCI_MANIFEST } from '../../domain/manifest/media-types.ts'
import { parseTag } from '../../domain/names.ts'
import { CALLER, openTemporaryRegistry, type TemporaryRegistry } from '../../testing/temporary-registry.ts'
import { deleteImages } from './delete-images.ts'
import { Pulls } from './pull.ts'
import { PullNotes } from './pull-notes.ts'

const problem = (kind: string, more: object = {}) =>
  expect.objectContaining({ problem: expect.objectContaining({ kind, ...more }) })

let registry: TemporaryRegistry
beforeEach(async () => {
  registry = await openTemporaryRegistry()
})
afterEach(() => registry[Symbol.asyncDispose]())

describe('Pulls', () => {
  it('show a delete at once, although the bytes are cached', async () => {
    const pulls = new Pulls(registry.context, new PullNotes(registry.context, () => {}))
    const digest = await registry.addImage('a', 'v1', 'v2')
    const [byTag, byDigest] = [{ tag: parseTag('v1') }, { digest }]
    const { bytes, head } = await pulls.manifest(registry.path, byTag)
    expect([digestOf(bytes), head]).toEqual([digest, { digest, mediaType: OCI_MANIFEST, sizeBytes: bytes.length }])
    expect((await pulls.manifest(registry.path, byDigest)).bytes).toEqual(bytes)

    await deleteImages(registry.context, CALLER, registry.repository, [{ tag: parseTag('v1') }])
    await expect(pulls.manifest(registry.path, byTag)).rejects.toEqual(problem('manifestUnknown', { reference: 'v1' }))
    expect((await pulls.manifest(registry.path, { tag: parseTag('v2') })).bytes).toEqual(bytes)
    await deleteImages(registry.context, CALLER, registry.repository, [{ digest }])
    await expect(pulls.manifest(registry.path, byDigest)).rejects.toEqual(
      problem('manifestUnknown', { reference: digest }),
    )
  })

  it('give no cached bytes through a repository that lacks the manifest', async () => {
    const pulls = new Pulls(registry.context, new PullNotes(registry.context, () => {}))
    const digest = await registry.addImage('a')
    await pulls.manifest(registry.path, { digest })
    const { path } = await registry.addRepository('other/one')
    await expect(pulls.manifest(path, { digest })).rejects.toEqual(problem('manifestUnknown'))
    await expect(pulls.blob(path, digestOf('a'))).rejects.toEqual(problem('blobUnknown'))
    expect(await pulls.blob(registry.path, digestOf('a'))).toMatchObject({ blob: { sizeBytes: 1 } })
  })

  it('tell a missing repository from a missing image', async () => {
    const pulls = new Pulls(registry.context, new PullNotes(registry.context, () => {}))
    const nowhere = { ...registry.path, name: (await registry.addRepository('other/one')).path.name }
    await registry.metadata.transaction(async rows => {
      const found = await rows.repositories.findByAlias(nowhere.alias, nowhere.name)
      if (found?.repository) await rows.hiddenRepositories.delete(found.repository.id, 0)
    })
    const gone = problem('repositoryNotFound', { name: 'other/one', registryId: 'acme' })
    await expect(pulls.manifest(nowhere, { tag: parseTag('v1') })).rejects.toEqual(gone)
    await expect(pulls.blob(nowhere, digestOf('a'))).rejects.toEqual(gone)
    await expect(pulls.manifest(registry.path, { tag: parseTag('v1') })).rejects.toEqual(problem('manifestUnknown'))
  })

  it('follow a moved tag', async () => {
    const pulls = new Pulls(registry.context, new PullNotes(registry.context, () => {}))
    const reference = { tag: parseTag('latest') }
    const first = await registry.addImage('a', 'latest')
    expect((await pulls.manifest(registry.path, reference)).head.digest).toBe(first)
    const second = await registry.addImage('b', 'latest')
    expect((await pulls.manifest(registry.path, reference)).head.digest).toBe(second)
  })

  it('follow a tag that moves between two reads, while its old image goes', async () => {
    const { context, repository, path } = registry
    const old = await registry.addImage('a', 'latest')
    const { rows } = registry.metadata
    const read: typeof rows.images.read = async (id, digest) => {
      if (digest === old) {
        await registry.addImage('b', 'latest')
        await deleteImages(context, CALLER, repository, [{ digest: old }])
      }
      return rows.images.read(id, digest)
    }
    const metadata = { ...registry.metadata, rows: { ...rows, images: { ...rows.images, read } } }
    const pulls = new Pulls({ ...context, metadata }, new PullNotes(context, () => {}))
    const pulled = await pulls.manifest(path, { tag: parseTag('latest') })
    expect(pulled.head.digest).toBe(digestOf(pulled.bytes))
    expect(pulled.head.digest).not.toBe(old)
  })
})
