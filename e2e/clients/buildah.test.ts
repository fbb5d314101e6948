import { mkdir, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { galleryOf } from '../gallery/documents.ts'
import { type Anonymous, anonymous } from '../support/oci.ts'
import { type Registry, startRegistry } from '../support/registry.ts'
import { succeed } from '../support/run.ts'
import { makeScratch, type Scratch } from '../support/scratch.ts'
import { describeWith, toolPath } from '../support/tools.ts'

describeWith(['buildah', 'root'], 'buildah', () => {
  let registry: Registry
  let scratch: Scratch
  let reader: Anonymous

  beforeAll(async () => {
    registry = await startRegistry()
    scratch = await makeScratch()
    reader = await anonymous(registry.url)
    await registry.control('CreateRepository', { repositoryName: 'built' })
  })
  afterAll(async () => {
    await scratch?.[Symbol.asyncDispose]()
    await registry?.[Symbol.asyncDispose]()
  })

  /** buildah with a store of its own that needs no file system but the plainest. */
  const buildah = (...args: string[]) => {
    const store = ['--root', scratch.path('store'), '--runroot', scratch.path('run'), '--storage-driver', 'vfs']
    return succeed(toolPath('buildah'), [...store, ...args], {
      env: { HOME: scratch.path(), TMPDIR: scratch.path(), BUILDAH_ISOLATION: 'chroot' },
    })
  }
  const build = async (architecture: string) => {
    const context = scratch.path(architecture)
    await mkdir(context)
    await writeFile(`${context}/about.txt`, `made for ${architecture}\n`)
    await writeFile(`${context}/Containerfile`, 'FROM scratch\nCOPY about.txt /\nLABEL made-by=buildah\n')
    await buildah('build', '--platform', `linux/${architecture}`, '--tag', `localhost/about:${architecture}`, context)
  }

  it('builds for two architectures, and pushes the list with its images', async () => {
    const image = `${registry.host}/${registry.alias}/built:multi`
    await buildah('manifest', 'create', 'about')
    for (const architecture of ['amd64', 'arm64']) {
      await build(architecture)
      await buildah('manifest', 'add', 'about', `localhost/about:${architecture}`)
    }
    const login = ['--tls-verify=false', '--creds', `AWS:${await registry.password()}`]
    await buildah('manifest', 'push', '--all', ...login, 'about', `docker://${image}`)

    const response = await reader.get(`${registry.alias}/built/manifests/multi`)
    expect(response.headers.get('content-type')).toMatch(/image\.index\.v1|manifest\.list\.v2/)
    const { manifests } = (await response.json()) as {
      manifests: { digest: string; platform: { architecture: string } }[]
    }
    expect(manifests.map(entry => entry.platform.architecture).sort()).toEqual(['amd64', 'arm64'])
    for (const { digest } of manifests) {
      expect(await reader.digestOf(`${registry.alias}/built`, digest)).toBe(digest)
    }
    const page = await galleryOf(registry, `${registry.alias}/built/-/json/image/multi`)
    expect(page['children'].map((child: { platformName: string }) => child.platformName).sort()).toEqual([
      'linux/amd64',
      'linux/arm64',
    ])
    const [first] = page['children']
    expect(await galleryOf(registry, `${registry.alias}/built/-/json/image/${first.digest}`)).toMatchObject({
      config: { described: { items: expect.arrayContaining([{ name: 'made-by', text: 'buildah' }]) } },
    })
    // What was looked up beside the requests is there a moment later.
    await vi.waitFor(
      async () =>
        expect(await galleryOf(registry, `${registry.alias}/built/-/json`)).toMatchObject({
          platforms: ['linux/amd64', 'linux/arm64'],
        }),
      30_000,
    )
  })

  it('pulls for another architecture than its own, without an account', async () => {
    const image = `${registry.host}/${registry.alias}/built:multi`
    await buildah('pull', '--tls-verify=false', '--arch', 'arm64', `docker://${image}`)
    const { OCIv1 } = JSON.parse(await buildah('inspect', '--type', 'image', image))
    expect(OCIv1).toMatchObject({ architecture: 'arm64', config: { Labels: { 'made-by': 'buildah' } } })
  })
})
