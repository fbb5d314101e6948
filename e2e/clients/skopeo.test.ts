import { readdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { galleryOf } from '../gallery/documents.ts'
import { makeImage, makeIndex, writeLayout } from '../support/images.ts'
import { type Anonymous, anonymous } from '../support/oci.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { makeScratch, type Scratch } from '../support/scratch.ts'
import { type Skopeo, skopeoFor } from '../support/skopeo.ts'
import { describeWith } from '../support/tools.ts'

describeWith(['skopeo'], 'skopeo', () => {
  let registry: Registry
  let scratch: Scratch
  let skopeo: Skopeo
  let reader: Anonymous

  beforeAll(async () => {
    registry = await startRegistry()
    scratch = await makeScratch()
    skopeo = await skopeoFor(registry)
    reader = await anonymous(registry.url)
  })
  afterAll(async () => {
    await scratch?.[Symbol.asyncDispose]()
    await registry?.[Symbol.asyncDispose]()
  })

  const create = async (repositoryName: string) => {
    await registry.control('CreateRepository', { repositoryName })
    return `${registry.alias}/${repositoryName}`
  }
  /** An OCI layout with one image tagged `v1`. */
  const layout = async (seed: string) => {
    const image = makeImage(seed)
    await writeLayout(scratch.path(seed), 'v1', image.manifest, image.blobs)
    return { ...image, source: `oci:${scratch.path(seed)}:v1` }
  }
  const blobsOf = async (folder: string) => (await readdir(scratch.path(folder, 'blobs/sha256'))).sort()

  it('copies an OCI layout in and out without changing a byte', async () => {
    const repository = await create('copy/oci')
    const { source, manifest, blobs } = await layout('oci')
    await skopeo.push(source, `${repository}:v1`)
    expect(await reader.digestOf(repository, 'v1')).toBe(manifest.digest)

    await skopeo.pull(`${repository}@${manifest.digest}`, `oci:${scratch.path('oci-back')}:v1`)
    expect(await blobsOf('oci-back')).toEqual(await blobsOf('oci'))
    for (const [digest, bytes] of blobs) {
      const copied = await readFile(scratch.path('oci-back/blobs', digest.replace(':', '/')))
      expect(copied.equals(bytes)).toBe(true)
    }
  })

  it('copies a dir: folder, converting to Docker schema 2', async () => {
    const repository = await create('copy/dir')
    const { source } = await layout('dir')
    await skopeo.run(['copy', source, `dir:${scratch.path('dir-folder')}`])
    await skopeo.push(`dir:${scratch.path('dir-folder')}`, `${repository}:v2s2`, '--format', 'v2s2')
    const response = await reader.get(`${repository}/manifests/v2s2`)
    expect(response.headers.get('content-type')).toBe('application/vnd.docker.distribution.manifest.v2+json')
  })

  it('copies to Docker schema 1, by the digest of what was signed', async () => {
    const repository = await create('copy/schema-1')
    const { source, layers } = await layout('schema-1')
    await skopeo.push(source, `${repository}:v1`, '--format', 'v2s1')
    const response = await reader.get(`${repository}/manifests/v1`)
    expect(response.headers.get('content-type')).toBe('application/vnd.docker.distribution.manifest.v1+prettyjws')
    const image = `${registry.host}/${repository}`
    const computed = await skopeo.run([
      'inspect',
      '--tls-verify=false',
      '--format',
      '{{.Digest}}',
      `docker://${image}:v1`,
    ])
    expect(response.headers.get('docker-content-digest')).toBe(computed.trim())

    await skopeo.pull(`${repository}@${computed.trim()}`, `dir:${scratch.path('schema-1-back')}`)
    const { imageDetails } = await registry.control('DescribeImages', { repositoryName: 'copy/schema-1' })
    expect(imageDetails[0]?.imageSizeInBytes).toBe(layers.reduce((sum, { size }) => sum + size, 0))
  })

  it('copies an index with all its images', async () => {
    const repository = await create('copy/index')
    const { index, images, blobs } = makeIndex('index', ['amd64', 'arm64'])
    await writeLayout(scratch.path('index'), 'multi', index, blobs)
    await skopeo.push(`oci:${scratch.path('index')}:multi`, `${repository}:multi`, '--all')

    expect(await reader.digestOf(repository, 'multi')).toBe(index.digest)
    for (const { manifest } of images) {
      expect(await reader.digestOf(repository, manifest.digest)).toBe(manifest.digest)
    }
    await skopeo.pull(`${repository}:multi`, `oci:${scratch.path('index-back')}:multi`, '--all')
    expect(await blobsOf('index-back')).toEqual(await blobsOf('index'))

    const copy = await create('copy/index-again')
    const source = `docker://${registry.host}/${repository}:multi`
    await skopeo.push(source, `${copy}:multi`, '--all', '--src-tls-verify=false')
    const platforms = ['linux/amd64', 'linux/arm64']
    const page = await galleryOf(registry, `${copy}/-/json/image/multi`)
    expect(page['children'].map((child: { platformName: string }) => child.platformName).sort()).toEqual(platforms)
    // What was looked up beside the requests is there a moment later.
    await vi.waitFor(async () => {
      expect(await galleryOf(registry, `${copy}/-/json`)).toMatchObject({ platforms })
      expect(await galleryOf(registry, '-/json/search?q=index-again&os=linux&arch=arm64')).toMatchObject({ total: 1 })
    })
  })

  it('copies layers compressed with zstd', async () => {
    const repository = await create('copy/zstd')
    const { source } = await layout('zstd')
    const squeezed = `oci:${scratch.path('zstd-layout')}:v1`
    await skopeo.run(['copy', '--dest-compress', '--dest-compress-format', 'zstd', source, squeezed])
    await skopeo.push(squeezed, `${repository}:zstd`)
    const manifest = (await (await reader.get(`${repository}/manifests/zstd`)).json()) as {
      layers: { mediaType: string }[]
    }
    for (const layer of manifest.layers) expect(layer.mediaType).toBe('application/vnd.oci.image.layer.v1.tar+zstd')
    await skopeo.pull(`${repository}:zstd`, `dir:${scratch.path('zstd-back')}`)
  })

  it('copies from one repository to another', async () => {
    const from = await create('across/from')
    const to = await create('across/to')
    const { source, manifest } = await layout('across')
    await skopeo.push(source, `${from}:v1`)
    await skopeo.push(`docker://${registry.host}/${from}:v1`, `${to}:v1`, '--src-tls-verify=false')
    expect(await reader.digestOf(to, 'v1')).toBe(manifest.digest)
  })

  it('inspects an image and lists tags without an account', async () => {
    const repository = await create('inspect')
    const { source, manifest, layers } = await layout('inspect')
    for (const tag of ['b', 'a', 'c']) await skopeo.push(source, `${repository}:${tag}`)

    const image = `docker://${registry.host}/${repository}`
    const found = JSON.parse(await skopeo.run(['inspect', '--tls-verify=false', '--no-creds', `${image}:a`]))
    expect(found).toMatchObject({
      Name: `${registry.host}/${repository}`,
      Digest: manifest.digest,
      Architecture: 'amd64',
      RepoTags: ['a', 'b', 'c'],
      Layers: layers.map(layer => layer.digest),
    })
    const config = JSON.parse(
      await skopeo.run(['inspect', '--config', '--tls-verify=false', '--no-creds', `${image}:a`]),
    )
    expect(config).toMatchObject({ os: 'linux', architecture: 'amd64' })
    const { Tags } = JSON.parse(await skopeo.run(['list-tags', '--tls-verify=false', '--no-creds', image]))
    expect(Tags).toEqual(['a', 'b', 'c'])
  })

  it('deletes an image, which takes all its tags away', async () => {
    const repository = await create('delete')
    const doomed = await layout('doomed')
    const kept = await layout('kept')
    await skopeo.push(doomed.source, `${repository}:one`)
    await skopeo.push(doomed.source, `${repository}:two`)
    await skopeo.push(kept.source, `${repository}:kept`)

    const login = ['--tls-verify=false', '--creds', `AWS:${await registry.password()}`]
    await skopeo.run(['delete', ...login, `docker://${registry.host}/${repository}:one`])
    expect(await reader.tags(repository)).toEqual(['kept'])
    expect(await reader.digestOf(repository, doomed.manifest.digest)).toBeUndefined()
    expect(await reader.digestOf(repository, 'kept')).toBe(kept.manifest.digest)
  })

  it('may not delete without an account', async () => {
    const repository = await create('protected')
    const { source, manifest } = await layout('protected')
    await skopeo.push(source, `${repository}:v1`)
    const image = `docker://${registry.host}/${repository}:v1`
    const { exitCode } = await skopeo.attempt(['delete', '--tls-verify=false', '--no-creds', image])
    expect(exitCode).not.toBe(0)
    expect(await reader.digestOf(repository, 'v1')).toBe(manifest.digest)
  })

  it('syncs every tag of a repository to a folder', async () => {
    const repository = await create('sync')
    const { source } = await layout('sync')
    for (const tag of ['1', '2']) await skopeo.push(source, `${repository}:${tag}`)
    const from = ['--src', 'docker', '--src-tls-verify=false', '--src-no-creds', `${registry.host}/${repository}`]
    await skopeo.run(['sync', ...from, '--dest', 'dir', scratch.path('synced')])
    expect((await readdir(scratch.path('synced'))).sort()).toEqual(['sync:1', 'sync:2'])
  })
})
