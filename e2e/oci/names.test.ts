import { expect, test } from 'vitest'
import { errorCodesOf } from './client.ts'
import { mediaTypes, randomImage, unknownDigest } from './content.ts'
import { useRegistry } from './fixture.ts'

const oci = useRegistry()
const messageOf = ({ body }: { body: Buffer }) => JSON.parse(body.toString()).errors[0].message as string

/** Of the specification's grammar, and of none that a repository can have. */
const impossible = () => {
  const { alias } = oci.client.registry
  const ours = ['a__b', 'a--b', 'a----b/c', 'x', 'a'.repeat(206), `${'a/'.repeat(150)}b`].map(
    name => `${alias}/${name}`,
  )
  return [...ours, 'ubuntu', 'x/y', '1a/tools', 'a__b/tools', `${'a'.repeat(60)}/tools`]
}

test('a name that the specification knows and no repository can have is answered with 404 to a pull', async () => {
  const digest = unknownDigest('any')
  for (const name of impossible())
    for (const path of [
      'manifests/latest',
      `manifests/${digest}`,
      `blobs/${digest}`,
      'tags/list',
      `referrers/${digest}`,
    ]) {
      const response = await oci.client.send('GET', `/v2/${name}/${path}`)
      expect([response.status, errorCodesOf(response)], `${name} ${path}`).toEqual([404, ['NAME_UNKNOWN']])
      expect((await oci.client.send('HEAD', `/v2/${name}/${path}`)).status).toBe(404)
      if (!path.includes('list') && !path.includes('referrers'))
        expect((await oci.client.send('DELETE', `/v2/${name}/${path}`)).status).toBe(404)
    }
  for (const name of ['a___b', '-a', 'a-', 'A', 'a._b', 'a..b', 'a//b', '.', '%61'])
    expect((await oci.client.send('GET', `/v2/${oci.client.registry.alias}/${name}/tags/list`)).status, name).not.toBe(
      200,
    )
})

test('such a name is refused to a push with 400, and its separators are named', async () => {
  const { alias } = oci.client.registry
  const { manifest } = randomImage('nowhere')
  for (const [name, words] of [
    ['a__b', "'__'"],
    ['a--b', "'--'"],
    ['tools/a----b', "'----'"],
    ['x', '2 to 205 characters'],
    ['a'.repeat(206), '2 to 205 characters, and this one 206'],
  ] as const)
    for (const response of [
      await oci.client.send('POST', `/v2/${alias}/${name}/blobs/uploads/`),
      await oci.client.send('PUT', `/v2/${alias}/${name}/manifests/latest`, {
        body: manifest.bytes,
        headers: { 'content-type': mediaTypes.image },
      }),
    ]) {
      expect([response.status, errorCodesOf(response)]).toEqual([400, ['NAME_INVALID']])
      expect(messageOf(response)).toContain(words)
    }
  const bare = await oci.client.send('POST', '/v2/ubuntu/blobs/uploads/')
  expect([bare.status, messageOf(bare)]).toEqual([400, expect.stringContaining('ALIAS/NAME')])
})

test('a parameter that is given twice is refused with 400', async () => {
  const repository = await oci.createRepository()
  const digest = unknownDigest('any')
  const twice = (name: string, ...values: string[]) => values.map(value => [name, value] as const)
  const location = await repository.startUpload(twice('digest-algorithm', 'sha512'))
  for (const response of [
    await repository.send('POST', 'blobs/uploads/', { query: twice('digest', digest, digest), body: Buffer.from('x') }),
    await repository.send('POST', 'blobs/uploads/', { query: twice('mount', digest, digest) }),
    await repository.send('POST', 'blobs/uploads/', { query: twice('digest-algorithm', 'sha256', 'sha512') }),
    await oci.client.send('PUT', location, { query: twice('digest', digest, unknownDigest('other')) }),
    await repository.tags(twice('n', '1', '2')),
    await repository.tags(twice('last', 'a', 'b')),
    await repository.referrers(digest, twice('last', digest, digest)),
  ])
    expect([response.status, messageOf(response)]).toEqual([400, expect.stringContaining('given once')])
  const last = await repository.tags(twice('last', '~'))
  expect([last.status, errorCodesOf(last)]).toEqual([400, ['UNSUPPORTED']])
})
