import { expect, test } from 'vitest'
import { randomBytes } from '../oci/content.ts'
import { makeImage } from '../support/images.ts'
import { pushImage } from '../support/push.ts'
import { startRegistry } from '../support/registry.ts'

/** A seed that fills the layers, so that the second image is too much. */
const large = (each: number) => randomBytes(`image ${each}`, 4_000).toString('base64')

test('a full account is told the setting on both endpoints, and may delete', async () => {
  await using registry = await startRegistry({ args: ['--quotas-stored-bytes-per-account', '5000'] })
  await registry.control('CreateRepository', { repositoryName: 'full' })
  const pushes = async () => {
    for (let each = 0; each < 100; each++) await pushImage(registry, 'full', makeImage(large(each)), `v${each}`)
  }
  await expect(pushes()).rejects.toThrow('LimitExceededException')
  const input = { repositoryName: 'full' }
  await expect(registry.control('InitiateLayerUpload', input)).rejects.toThrow('--quotas-stored-bytes-per-account')
  const authorization = `Basic ${Buffer.from(`AWS:${await registry.password()}`).toString('base64')}`
  const post = () =>
    fetch(`${registry.url}/v2/${registry.alias}/full/blobs/uploads/`, { method: 'POST', headers: { authorization } })
  const refused = await post()
  expect(refused.status).toBe(403)
  expect(await refused.json()).toMatchObject({
    errors: [{ code: 'DENIED', message: expect.stringContaining('--quotas-stored-bytes-per-account') }],
  })
  expect(await registry.admin('verify', '--quick')).toMatchObject({ left: 0, faults: {} })
  await registry.control('DeleteRepository', { repositoryName: 'full', force: true })
  await registry.control('CreateRepository', { repositoryName: 'full' })
  await expect.poll(async () => (await post()).status).toBe(202)
})
