import { expect, test } from 'vitest'
import { basicOf, errorCodesOf, jsonOf } from './client.ts'
import { indexOf, mediaTypes, randomImage, unknownDigest } from './content.ts'
import { useRegistry } from './fixture.ts'
import { Repository } from './repository.ts'

const oci = useRegistry({ args: ['--create-on-push', 'true'] })
const MAY_PUSH = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: [
        'ecr-public:GetAuthorizationToken',
        'sts:GetServiceBearerToken',
        'ecr-public:InitiateLayerUpload',
        'ecr-public:PutImage',
      ],
      Resource: '*',
    },
  ],
})

/** A repository that nobody has made. */
const absent = (name: string) => new Repository(oci.client, `${oci.client.registry.alias}/${name}`)

async function createdNames(): Promise<string[]> {
  const { repositories } = await oci.client.registry.control('DescribeRepositories')
  return repositories.map(({ repositoryName }: { repositoryName: string }) => repositoryName)
}

test('a push makes the repository that it names', async () => {
  const repository = absent('made/by-push')
  const image = randomImage('made by push')
  await repository.pushImage(image, 'v1')
  expect(await repository.listTags()).toEqual(['v1'])

  const mounted = absent('made/by-mount')
  const [blob] = image.blobs
  const query = [
    ['mount', blob?.digest ?? ''],
    ['from', repository.name],
  ] as const
  expect((await mounted.send('POST', 'blobs/uploads/', { query })).status).toBe(201)

  await absent('made/by-manifest').pushManifest(indexOf([]), 'v1')
  expect(await createdNames()).toEqual(expect.arrayContaining(['made/by-push', 'made/by-mount', 'made/by-manifest']))
})

test('a pull makes no repository', async () => {
  const repository = absent('only/pulled')
  const digest = unknownDigest('only pulled')
  const answers = [
    await repository.manifest('GET', 'latest'),
    await repository.blob('GET', digest),
    await repository.tags(),
  ]
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404])
  await repository.referrers(digest)
  expect(await createdNames()).not.toContain('only/pulled')
})

test('a repository that a push would make has no referrers: 200, not 404', async () => {
  const digest = unknownDigest('referred to by nobody')
  const response = await absent('not/yet').referrers(digest, [['artifactType', 'application/vnd.example']])
  expect(response.status).toBe(200)
  expect(response.headers['content-type']).toBe(mediaTypes.index)
  expect(response.headers['oci-filters-applied']).toBe('artifactType')
  expect(jsonOf(response)).toEqual({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] })

  const { registry } = oci.client
  const { accountId } = await registry.createAccount('thrifty')
  await registry.admin('registry', 'set', '--account', accountId, '--create-on-push', 'false')
  for (const alias of ['thrifty', 'no-such-alias'])
    expect((await new Repository(oci.client, `${alias}/not/yet`).referrers(digest)).status).toBe(404)
})

test('who may not create a repository does not create it by a push', async () => {
  const { registry } = oci.client
  const user = ['--account', registry.accountId]
  await registry.admin('user', 'create', ...user, '--name', 'pusher')
  await registry.admin('policy', 'put', ...user, '--user', 'pusher', '--name', 'push', '--document', MAY_PUSH)
  const pusher = await registry.admin('key', 'create', ...user, '--user', 'pusher')
  const authorization = basicOf('AWS', await registry.password(pusher))

  const made = await oci.createRepository()
  expect((await made.send('POST', 'blobs/uploads/', { authorization })).status).toBe(202)
  const repository = absent('not/allowed')
  const { manifest } = randomImage('not allowed')
  const refusals = [
    await repository.send('POST', 'blobs/uploads/', { authorization }),
    await repository.putManifest(manifest, 'v1', { authorization }),
  ]
  expect(refusals.map(response => [response.status, ...errorCodesOf(response)])).toEqual([
    [403, 'DENIED'],
    [403, 'DENIED'],
  ])
  expect((await repository.send('POST', 'blobs/uploads/', { authorization: null })).status).toBe(401)
  expect(await createdNames()).not.toContain('not/allowed')
})
