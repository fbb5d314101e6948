import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gif, jpeg, png } from '../../../domain/testing/image-files.ts'
import { type Harness, type Json, OWNER, startControl } from '../testing/harness.ts'

let control: Harness
beforeAll(async () => {
  control = await startControl()
})
afterAll(() => control.close())

async function repository(name: string): Promise<string> {
  await control.ok('CreateRepository', { repositoryName: name })
  return name
}

const logoOf = (output: Json) => new URL(String((output['catalogData'] as Json)['logoUrl']))
const put = (repositoryName: string, catalogData: Json) =>
  control.ok('PutRepositoryCatalogData', { repositoryName, catalogData })

describe('repository catalog data', () => {
  it('is not there at first', async () => {
    const repositoryName = await repository('plain')
    expect(await control.fails('GetRepositoryCatalogData', { repositoryName })).toEqual({
      status: 400,
      name: 'RepositoryCatalogDataNotFoundException',
      message: `Catalog data does not exist for the repository with name 'plain' in the registry with id '${OWNER}'`,
    })
  })

  it('is replaced as a whole', async () => {
    const repositoryName = await repository('texts')
    const full = {
      description: 'In short',
      architectures: ['x86', 'ARM'],
      operatingSystems: ['Linux'],
      aboutText: '# About',
      usageText: '# Usage',
    }
    const catalogData = { ...full, marketplaceCertified: false }
    expect(await put(repositoryName, full)).toEqual({ catalogData })
    expect(await control.ok('GetRepositoryCatalogData', { repositoryName })).toEqual({ catalogData })
    await put(repositoryName, { usageText: 'New' })
    expect(await control.ok('GetRepositoryCatalogData', { repositoryName })).toEqual({
      catalogData: { usageText: 'New', marketplaceCertified: false },
    })
  })

  it.each([
    ['png', png(60, 2048), 'image/png'],
    ['jpg', jpeg(640, 480), 'image/jpeg'],
    ['gif', gif(100, 60), 'image/gif'],
  ])('serves a logo in %s to anyone', async (extension, bytes, mediaType) => {
    const repositoryName = await repository(`logo-${extension}`)
    const output = await put(repositoryName, { logoImageBlob: bytes.toString('base64') })
    const { origin, pathname } = logoOf(output)
    expect(origin).toBe('https://registry.example')
    const answer = await control.send({ method: 'GET', path: pathname })
    expect(answer).toMatchObject({ status: 200, text: bytes.toString() })
    expect(answer.headers).toMatchObject({
      'content-type': mediaType,
      'content-length': String(bytes.length),
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
    })
    const head = await control.send({ method: 'HEAD', path: pathname })
    expect(head).toMatchObject({ status: 200, text: '' })
    expect(head.headers['content-length']).toBe(String(bytes.length))
  })

  it('keeps the logo where none is sent, replaces it by another and drops it for an empty one', async () => {
    const repositoryName = await repository('logos')
    const first = logoOf(await put(repositoryName, { logoImageBlob: png(60, 60).toString('base64') }))
    expect(logoOf(await put(repositoryName, { description: 'text only' }))).toEqual(first)
    expect(await control.send({ method: 'GET', path: first.pathname })).toMatchObject({ status: 200 })
    const second = logoOf(await put(repositoryName, { logoImageBlob: png(61, 61).toString('base64') }))
    expect(second).not.toEqual(first)
    expect(await control.send({ method: 'GET', path: first.pathname })).toMatchObject({ status: 404 })
    expect((await put(repositoryName, { logoImageBlob: '' }))['catalogData']).not.toHaveProperty('logoUrl')
    expect(await control.send({ method: 'GET', path: second.pathname })).toMatchObject({ status: 404 })
  })

  it.each([
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>')],
    ['small', png(59, 100)],
    ['large', png(100, 2049)],
    ['cut off', png(100, 100).subarray(0, 20)],
  ])('refuses a logo that is %s', async (_what, bytes) => {
    const repositoryName = 'plain'
    const catalogData = { logoImageBlob: bytes.toString('base64') }
    const failure = await control.fails('PutRepositoryCatalogData', { repositoryName, catalogData })
    expect(failure).toMatchObject({ status: 400, name: 'InvalidParameterException' })
    expect(failure.message).toContain("Invalid parameter at 'catalogData.logoImageBlob'")
  })

  it('takes a logo of 512,000 bytes, and not one more', async () => {
    const largest = Buffer.concat([png(100, 100)], 512_000)
    await put('plain', { logoImageBlob: largest.toString('base64'), aboutText: 'é'.repeat(25_600) })
    const catalogData = { logoImageBlob: Buffer.concat([largest], 512_001).toString('base64') }
    expect(await control.fails('PutRepositoryCatalogData', { repositoryName: 'plain', catalogData })).toMatchObject({
      message:
        "Invalid parameter at 'catalogData.logoImageBlob' failed to satisfy constraint: 'Member must have length less than or equal to 512000'",
    })
  })

  it('needs a repository', async () => {
    const input = { repositoryName: 'nowhere', catalogData: {} }
    for (const operation of ['GetRepositoryCatalogData', 'PutRepositoryCatalogData'] as const) {
      expect(await control.fails(operation, input)).toMatchObject({ name: 'RepositoryNotFoundException' })
    }
  })
})

describe('the logo path', () => {
  it.each(['/logos/', '/logos/..%2fx', '/logos/00000000-0000-4000-8000-000000000000.png', '/logos/x.svg'])(
    'has nothing at %s',
    async path => {
      const answer = await control.send({ method: 'GET', path })
      expect(answer.status).toBe(404)
      expect(answer.headers['x-content-type-options']).toBe('nosniff')
    },
  )

  it('is for reading only', async () => {
    const answer = await control.send({ method: 'PUT', path: '/logos/x.png' })
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
  })
})

describe('registry catalog data', () => {
  it('holds the display name', async () => {
    expect(await control.ok('GetRegistryCatalogData', {})).toEqual({ registryCatalogData: {} })
    const registryCatalogData = { displayName: 'The Owner' }
    expect(await control.ok('PutRegistryCatalogData', registryCatalogData)).toEqual({ registryCatalogData })
    expect(await control.ok('GetRegistryCatalogData', {})).toEqual({ registryCatalogData })
    expect(await control.fails('PutRegistryCatalogData', { displayName: 'x'.repeat(101) })).toMatchObject({
      name: 'InvalidParameterException',
    })
  })

  it.each(['GetRegistryCatalogData', 'PutRegistryCatalogData'] as const)('%s asks on the registry', async operation => {
    control.access.denied.add(`ecr-public:${operation}`)
    const failure = await control.fails(operation, {})
    control.access.denied.clear()
    expect(failure.name).toBe('AccessDeniedException')
    expect(failure.message).toContain(`resource: arn:aws:ecr-public::${OWNER}:registry/${OWNER} `)
  })
})
