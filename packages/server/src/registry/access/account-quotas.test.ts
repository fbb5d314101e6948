import { afterEach, describe, expect, it } from 'vitest'
import { digestOf } from '../../domain/digest.ts'
import { OCI_INDEX } from '../../domain/manifest/media-types.ts'
import { parseTag } from '../../domain/names.ts'
import type { UploadId } from '../../ports/rows/common.ts'
import {
  ACCOUNT,
  CALLER,
  OPERATOR,
  openTemporaryRegistry,
  type TemporaryRegistry,
} from '../../testing/temporary-registry.ts'
import { purgeImages } from '../bin/purge-images.ts'
import { restoreImages } from '../bin/restore-images.ts'
import { mountBlob } from '../blobs/blobs.ts'
import { deleteBlob } from '../blobs/delete-blob.ts'
import { Removals } from '../blobs/removals.ts'
import { Uploads } from '../blobs/uploads.ts'
import type { Quotas } from '../context.ts'
import { deleteImages } from '../images/delete-images.ts'
import { pushManifest } from '../images/push-manifest.ts'
import { removeTag } from '../images/remove-tag.ts'
import { putLifecyclePolicy } from '../lifecycle/policies.ts'
import { putCatalogData } from '../repositories/catalog-data.ts'
import { deleteRepository } from '../repositories/delete-repository.ts'
import { setDisplayName } from '../repositories/registries.ts'
import { createRepository } from '../repositories/repositories.ts'
import { deletePolicy, setPolicy } from '../repositories/repository-policy.ts'
import { tagRepository, untagRepository } from '../repositories/resource-tags.ts'
import { putRegistrySettings, putSettings } from '../repositories/settings.ts'

let registry: TemporaryRegistry
afterEach(() => registry[Symbol.asyncDispose]())

const open = async (quotas: Partial<Quotas> = {}) => {
  registry = await openTemporaryRegistry({ quotas })
}
/** The same registry, with other limits from now on. */
const limited = (quotas: Partial<Quotas>) => ({
  ...registry.context,
  quotas: { ...registry.context.quotas, ...quotas },
})
const full = (setting: string) =>
  expect.objectContaining({ problem: expect.objectContaining({ kind: 'accountQuotaExceeded', setting }) })
const uploadsOf = (context = registry.context) => {
  const removals = new Removals(context, error => expect.unreachable(`${error}`))
  return { uploads: new Uploads(context, removals), removals }
}
const bodyOf = (text: string) => ({
  body: (async function* () {
    yield Buffer.from(text)
  })(),
  firstByte: 0,
})
const index = (at: number) => ({
  bytes: Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], annotations: { at: `${at}` } }),
  ),
  contentType: OCI_INDEX,
})
const usage = () => registry.metadata.rows.accountUsage.of(ACCOUNT)

describe('the quotas of an account', () => {
  it('end the uploads that may be open, and let more begin when some have ended', async () => {
    await open({ openUploadsPerAccount: 2 })
    const { uploads, removals } = uploadsOf()
    const { repository } = registry
    const other = (await registry.addRepository('tools/api')).repository
    const first = await uploads.begin(repository)
    await uploads.begin(other)
    await expect(uploads.begin(repository)).rejects.toEqual(full('--quotas-open-uploads-per-account'))
    await uploads.cancel(repository, first)
    const next = await uploads.begin(repository)
    await uploads.complete(repository, next, { digests: [digestOf('x')], chunk: bodyOf('x') })
    await uploads.begin(repository)
    expect((await usage()).openUploads).toBe(2)
    await removals.emptyJournal()
  })

  it('are judged again where something is added, so that of what comes at one moment the rest is refused', async () => {
    await open({ openUploadsPerAccount: 1 })
    const { repository } = registry
    const refused = (results: readonly PromiseSettledResult<unknown>[], setting: string) => {
      const failures = results.flatMap(each => (each.status === 'rejected' ? [each.reason] : []))
      for (const failure of failures) expect(failure).toEqual(full(setting))
      return failures.length
    }
    const five = <T>(work: (at: number) => Promise<T>) =>
      Promise.allSettled(Array.from({ length: 5 }, (_, at) => work(at)))
    const begun = await five(() => uploadsOf().uploads.begin(repository))
    expect(refused(begun, '--quotas-open-uploads-per-account')).toBe(4)

    const storedBytesPerAccount = (await usage()).storedBytes + 1
    const context = limited({ storedBytesPerAccount, openUploadsPerAccount: 10 })
    const pushed = await five(at =>
      pushManifest(context, CALLER, { ...index(at), repository, tags: [parseTag(`v${at}`)] }),
    )
    expect(refused(pushed, '--quotas-stored-bytes-per-account')).toBe(4)

    const room = limited({ storedBytesPerAccount: (await usage()).storedBytes + 1, openUploadsPerAccount: 10 })
    const { uploads } = uploadsOf(room)
    const ids = await Promise.all(Array.from({ length: 5 }, () => uploads.begin(repository)))
    const stored = await five(at => {
      const text = `blob ${at}`
      return uploads.complete(repository, ids[at] as UploadId, { digests: [digestOf(text)], chunk: bodyOf(text) })
    })
    expect(refused(stored, '--quotas-stored-bytes-per-account')).toBe(4)
  })

  it('refuse every push to a full account by name, and no delete', async () => {
    await open()
    const digest = await registry.addImage('a', 'v1', 'v2')
    const blob = await registry.addBlob(Buffer.from('loose'))
    const begun = await uploadsOf().uploads.begin(registry.repository)
    const context = limited({ storedBytesPerAccount: (await usage()).storedBytes })
    const { uploads } = uploadsOf(context)
    const { repository } = registry
    const refusal = full('--quotas-stored-bytes-per-account')
    await expect(uploads.begin(repository)).rejects.toEqual(refusal)
    await expect(uploads.append(repository, begun, bodyOf('x'))).rejects.toEqual(refusal)
    const completion = { digests: [digestOf('x')], chunk: bodyOf('x') }
    await expect(uploads.complete(repository, begun, completion)).rejects.toEqual(refusal)
    const { repository: other } = await registry.addRepository('tools/api')
    await expect(mountBlob(context, other, registry.path, digestOf('a'))).rejects.toEqual(refusal)

    await uploads.cancel(repository, begun)
    await deleteBlob(context, CALLER, repository, blob)
    await removeTag(context, CALLER, repository, parseTag('v2'))
    await deleteImages(context, CALLER, repository, [{ digest }])
    // The bin counts, and empties in its time or on demand, not for the sake of pushes.
    expect((await restoreImages(context, CALLER, repository, [{ digest }])).failures).toEqual([])
    await deleteImages(context, CALLER, repository, [{ digest }])
    const { uploads: later } = uploadsOf(limited({ storedBytesPerAccount: (await usage()).storedBytes }))
    await expect(later.begin(repository)).rejects.toEqual(refusal)
    await purgeImages(context, CALLER, repository, undefined)
    await later.begin(repository)
  })

  it('refuse what would fill the log beyond its limit, while deletes are done and recorded', async () => {
    await open()
    const { repository } = registry
    const digest = await registry.addImage('a', 'v1')
    const policyText = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr-public:DescribeImages' }],
    })
    await setPolicy(registry.context, CALLER, repository, policyText)
    await tagRepository(registry.context, CALLER, repository, [{ key: 'env', value: 'prod' }])
    const context = limited({ auditBytesPerAccount: (await usage()).auditBytes })
    const { accountId } = (await registry.metadata.rows.repositories.get(repository.id)) ?? expect.unreachable()
    const lifecyclePolicy = JSON.stringify({
      rules: [
        {
          rulePriority: 1,
          selection: { tagStatus: 'untagged', countType: 'imageCountMoreThan', countNumber: 9 },
          action: { type: 'expire' },
        },
      ],
    })
    const settings = { protectedTags: [], immutableTags: [] }
    const refused: Record<string, () => Promise<unknown>> = {
      push: () => uploadsOf(context).uploads.begin(repository),
      create: () => createRepository(context, CALLER, { accountId, name: registry.path.name, resourceTags: [] }),
      policy: () => setPolicy(context, CALLER, repository, policyText),
      tags: () => tagRepository(context, CALLER, repository, [{ key: 'env', value: 'test' }]),
      catalog: () => putCatalogData(context, CALLER, repository, { texts: {}, logo: 'keep' }),
      name: () => setDisplayName(context, CALLER, accountId, 'x'),
      settings: () => putSettings(context, CALLER, repository, settings),
      days: () => putRegistrySettings(context, CALLER, accountId, { binDays: 3 }),
      rules: () => putLifecyclePolicy(context, CALLER, repository, lifecyclePolicy),
      restore: () => restoreImages(context, CALLER, repository, [{ tag: parseTag('v1') }]),
    }
    for (const [name, work] of Object.entries(refused))
      await expect(work(), name).rejects.toEqual(full('--quotas-audit-bytes-per-account'))

    const recorded = async () =>
      (await registry.metadata.rows.audit.list({ accountId }, { limit: 100 })).map(each => each.action)
    const before = (await recorded()).length
    await untagRepository(context, CALLER, repository, ['env'])
    // What was not there leaves no record, so that nobody fills the log by taking nothing away.
    await untagRepository(context, CALLER, repository, ['env'])
    await deletePolicy(context, CALLER, repository)
    await deleteImages(context, CALLER, repository, [{ digest }])
    await purgeImages(context, CALLER, repository, undefined)
    await deleteRepository(context, CALLER, uploadsOf(context).removals, repository, { force: true })
    expect((await recorded()).slice(before)).toEqual([
      'UntagResource',
      'DeleteRepositoryPolicy',
      'DeleteImage',
      'PurgeImage',
      'DeleteRepository',
    ])
    // An operator has room.
    await putRegistrySettings(context, OPERATOR, accountId, { binDays: 3 })
  })
})
