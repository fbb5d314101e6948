import { expect, it } from 'vitest'
import { digestOf } from '../../domain/digest.ts'
import {
  codesOf,
  imageManifest,
  OTHER_REPOSITORY,
  pushBlob,
  putManifest,
  REPOSITORY,
  withRegistry,
} from './testing/oci-harness.ts'

const digest = digestOf('{}')
const manifest = imageManifest()

/** Every request on one repository that looks it up and then acts; pulls are a single read. UPLOAD has two bytes. */
const requests: [method: string, path: string, body?: string][] = [
  ['POST', 'blobs/uploads/'],
  ['POST', `blobs/uploads/?digest=${digest}`, '{}'],
  ['POST', `blobs/uploads/?mount=${digest}`],
  ['POST', `blobs/uploads/?mount=${digest}&from=${OTHER_REPOSITORY}`],
  ['GET', 'blobs/uploads/UPLOAD'],
  ['PATCH', 'blobs/uploads/UPLOAD', '{}'],
  ['PUT', `blobs/uploads/UPLOAD?digest=${digest}`],
  ['PUT', `blobs/uploads/UPLOAD?digest=${digest}`, '{}'],
  ['DELETE', 'blobs/uploads/UPLOAD'],
  ['PUT', 'manifests/v2', manifest],
  ['PUT', `manifests/${digestOf(manifest)}?tag=v3`, manifest],
  ['DELETE', 'manifests/v1'],
  ['DELETE', `manifests/${digestOf(manifest)}`],
  ['DELETE', `blobs/${digest}`],
  ['GET', 'tags/list'],
  ['GET', 'tags/list?n=0'],
  ['GET', `referrers/${digest}`],
]

it.each(requests)('%s %s hears of a repository that vanished under it', (method, path, body) =>
  withRegistry(async ({ url, context }) => {
    for (const repository of [REPOSITORY, OTHER_REPOSITORY]) await pushBlob(url, '{}', repository)
    await putManifest(url, 'v1', manifest)
    const begun = await fetch(`${url}/v2/${REPOSITORY}/blobs/uploads/`, { method: 'POST' })
    const upload = begun.headers.get('location') ?? ''
    await fetch(url + upload, { method: 'PATCH', body: '{}' })

    const { metadata, clock } = context
    const { repositories } = metadata.rows
    const findByAlias = repositories.findByAlias.bind(repositories)
    Object.assign(repositories, {
      async findByAlias(...args: Parameters<typeof findByAlias>) {
        const found = await findByAlias(...args)
        const row = found?.repository
        Object.assign(repositories, { findByAlias })
        if (row !== undefined) await metadata.transaction(rows => rows.hiddenRepositories.delete(row.id, clock.now()))
        return found
      },
    })
    const target = `/v2/${REPOSITORY}/${path}`.replace(/.*UPLOAD/, upload)
    const headers = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' }
    const response = await fetch(url + target, { method, headers, ...(body !== undefined && { body }) })
    expect([response.status, await codesOf(response)]).toEqual([404, ['NAME_UNKNOWN']])
  })(),
)
