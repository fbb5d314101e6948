import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { basicOf } from '../oci/client.ts'
import { digestOf, randomBlob, randomImage } from '../oci/content.ts'
import { type Credentials, signedHeaders } from '../support/control.ts'
import { type Registry, startRegistry } from '../support/registry.ts'

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const EVERYTHING = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
})
const DENY = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Deny', Principal: '*', Action: '*' }] })

let registry: Registry
let repositories = 0
const open: ClientRequest[] = []
beforeAll(async () => {
  // Bodies may take as long as the administration does on a machine that has other work.
  registry = await startRegistry({ args: ['--idle-seconds', '600'] })
})
afterAll(() => registry?.[Symbol.asyncDispose]())
/** What a test did not release would keep the server from draining. */
afterEach(() => {
  for (const request of open.splice(0)) request.destroy()
})

/** A request whose head has been answered for, and whose body lacks its last byte. */
interface Held {
  /** Sends the last byte. */
  release(): Promise<{ status: number; body: string }>
}

async function hold(method: string, path: string, headers: Record<string, string>, body: Buffer): Promise<Held> {
  const url = new URL(path, registry.url)
  const request: ClientRequest = httpRequest(url, {
    method,
    headers: { ...headers, expect: '100-continue', 'content-length': body.length },
    agent: false,
  })
  open.push(request)
  const answered = new Promise<IncomingMessage>((resolve, reject) =>
    request.on('response', resolve).on('error', reject),
  )
  const wanted = new Promise<void>(resolve => request.on('continue', resolve))
  request.flushHeaders()
  // An answer instead of `100 Continue` is no held request.
  await Promise.race([wanted, answered.then(({ statusCode }) => Promise.reject(new Error(`answered ${statusCode}`)))])
  request.write(body.subarray(0, -1))
  return {
    async release() {
      request.end(body.subarray(-1))
      const response = await answered
      let text = ''
      for await (const chunk of response) text += chunk
      return { status: response.statusCode ?? 0, body: text }
    },
  }
}

describe('a request whose body takes its time', () => {
  const before = randomImage('before')
  const after = randomImage('after')
  const layer = randomBlob('layer')
  const part = randomBlob('part')
  let name: string
  let user: Credentials
  let userName: string
  let login: string

  /** A repository with an image, and a user who may do everything. */
  beforeEach(async () => {
    repositories += 1
    name = `rights/held-${repositories}`
    userName = `ci-${repositories}`
    await registry.control('CreateRepository', { repositoryName: name })
    await pushImages()
    await makeUser()
    user = await makeKey()
    login = basicOf('AWS', await registry.password(user))
  })

  const of = (...args: string[]) => [...args, '--account', registry.accountId]
  const makeUser = async () => {
    await registry.admin(...of('user', 'create', '--name', userName))
    const policy = ['--name', 'all', '--document', EVERYTHING]
    await registry.admin(...of('policy', 'put', '--user', userName, ...policy))
  }
  const makeKey = (): Promise<Credentials> => registry.admin(...of('key', 'create', '--user', userName))

  const owner = async () => basicOf('AWS', await registry.password())
  const v2 = (path: string) => `/v2/${registry.alias}/${name}/${path}`
  const send = async (method: string, path: string, authorization: string, body?: Buffer, type?: string) => {
    const headers = { authorization, ...(type === undefined ? {} : { 'content-type': type }) }
    return fetch(new URL(path, registry.url), { method, headers, ...(body === undefined ? {} : { body }) })
  }
  const pushImages = async () => {
    const authorization = await owner()
    for (const { digest, bytes } of [...before.blobs, ...after.blobs])
      await send('POST', `${v2('blobs/uploads/')}?digest=${digest}`, authorization, Buffer.from(bytes))
    const pushed = await send('PUT', v2('manifests/v1'), authorization, Buffer.from(before.manifest.bytes), MANIFEST)
    expect(pushed.status).toBe(201)
  }
  const session = async () => {
    const begun = await send('POST', v2('blobs/uploads/'), login)
    expect(begun.status).toBe(202)
    return begun.headers.get('location') ?? ''
  }

  /** Every kind of body of the registry endpoint. */
  const holdPushes = async () => {
    const authorization = login
    const bytes = Buffer.from(layer.bytes)
    const [patched, closed] = [await session(), await session()]
    return {
      closed,
      held: {
        manifest: await hold(
          'PUT',
          v2('manifests/v1'),
          { authorization, 'content-type': MANIFEST },
          Buffer.from(after.manifest.bytes),
        ),
        wholeBlob: await hold('POST', `${v2('blobs/uploads/')}?digest=${layer.digest}`, { authorization }, bytes),
        chunk: await hold('PATCH', patched, { authorization }, bytes),
        lastChunk: await hold('PUT', `${closed}?digest=${layer.digest}`, { authorization }, bytes),
      },
    }
  }

  const holdCall = async (operation: string, input: object) => {
    const body = Buffer.from(JSON.stringify({ repositoryName: name, ...input }))
    return hold('POST', '/', await signedHeaders(registry.url, user, operation, body), body)
  }
  /** The bodies of the control API that change what a repository holds, or who may. */
  const holdCalls = async () => {
    const { uploadId } = await registry.control('InitiateLayerUpload', { repositoryName: name }, user)
    const layerPartBlob = Buffer.from(part.bytes).toString('base64')
    const range = { partFirstByte: 0, partLastByte: part.bytes.length - 1 }
    const imageManifest = Buffer.from(after.manifest.bytes).toString()
    return {
      PutImage: await holdCall('PutImage', { imageManifest, imageTag: 'v1', imageManifestMediaType: MANIFEST }),
      UploadLayerPart: await holdCall('UploadLayerPart', { uploadId, ...range, layerPartBlob }),
      InitiateLayerUpload: await holdCall('InitiateLayerUpload', {}),
      BatchDeleteImage: await holdCall('BatchDeleteImage', { imageIds: [{ imageTag: 'v1' }] }),
      SetRepositoryPolicy: await holdCall('SetRepositoryPolicy', { policyText: DENY }),
      PutSettings: await holdCall('Berth_V1.PutRepositorySettings', { settings: { binDays: 0 } }),
      DeleteRepository: await holdCall('DeleteRepository', { force: true }),
      CreateRepository: await holdCall('CreateRepository', { repositoryName: `${name}/new` }),
    }
  }
  const release = async <Name extends string>(held: Record<Name, Held>): Promise<Record<Name, number | string>> => {
    const answers: [string, number | string][] = []
    for (const [what, each] of Object.entries<Held>(held)) {
      const { status, body } = await each.release()
      answers.push([what, status === 400 ? JSON.parse(body).__type : status])
    }
    return Object.fromEntries(answers) as Record<Name, number | string>
  }
  const all = <Name extends string>(held: Record<Name, unknown>, answer: number | string) =>
    Object.fromEntries(Object.keys(held).map(what => [what, answer]))

  const expectUnchanged = async () => {
    const authorization = await owner()
    const manifest = await send('GET', v2('manifests/v1'), authorization)
    expect(digestOf(Buffer.from(await manifest.arrayBuffer()))).toBe(before.manifest.digest)
    expect((await send('HEAD', v2(`blobs/${layer.digest}`), authorization)).status).toBe(404)
    const { repositories: found } = await registry.control('DescribeRepositories', {})
    expect(found.map((each: { repositoryName: string }) => each.repositoryName)).not.toContain(`${name}/new`)
  }

  it('goes through when nothing changes meanwhile', async () => {
    const { held } = await holdPushes()
    expect(await release(held)).toEqual({ manifest: 201, wholeBlob: 201, chunk: 202, lastChunk: 201 })
    const calls = await holdCalls()
    const { CreateRepository, UploadLayerPart, InitiateLayerUpload, ...others } = calls
    expect(await release({ CreateRepository, UploadLayerPart, InitiateLayerUpload })).toEqual(
      all({ CreateRepository, UploadLayerPart, InitiateLayerUpload }, 200),
    )
    // Each of them keeps those after it from working.
    await Promise.all(Object.values(others).map(each => each.release()))
  })

  it.each<[what: string, change: () => Promise<unknown>]>([
    ['the key is revoked', () => registry.admin('key', 'revoke', '--access-key-id', user.accessKeyId)],
    [
      'the user is deleted and made again',
      async () => {
        await registry.admin(...of('user', 'delete', '--name', userName))
        await makeUser()
        await makeKey()
      },
    ],
  ])('has no effect once %s', async (_, change) => {
    const { held, closed } = await holdPushes()
    const calls = await holdCalls()
    await change()
    expect(await release(held)).toEqual(all(held, 401))
    expect(await release(calls)).toEqual(all(calls, 'UnrecognizedClientException'))
    await expectUnchanged()
    // What arrived is there for whoever may go on with it.
    const { headers } = await send('GET', closed, await owner())
    expect(headers.get('range')).toBe(`0-${layer.bytes.length - 1}`)
    expect((await send('PUT', `${closed}?digest=${layer.digest}`, await owner())).status).toBe(201)
  })

  it.each<[what: string, change: () => Promise<unknown>]>([
    [
      "the user's policy is detached",
      () => registry.admin(...of('policy', 'delete', '--user', userName, '--name', 'all')),
    ],
    [
      'the repository denies it',
      () => registry.control('SetRepositoryPolicy', { repositoryName: name, policyText: DENY, force: true }),
    ],
  ])('has no effect once %s', async (what, change) => {
    const { held } = await holdPushes()
    const { CreateRepository, ...calls } = await holdCalls()
    await change()
    expect(await release(held)).toEqual(all(held, 403))
    expect(await release(calls)).toEqual(all(calls, 'AccessDeniedException'))
    // A repository that is not there yet has no policy that could deny.
    if (what.startsWith('the user'))
      expect(await release({ CreateRepository })).toEqual({ CreateRepository: 'AccessDeniedException' })
    await expectUnchanged()
  })

  it('has no effect once the repository is deleted, though another of its name was made', async () => {
    const { held } = await holdPushes()
    const { CreateRepository: _, ...calls } = await holdCalls()
    await registry.control('DeleteRepository', { repositoryName: name, force: true })
    await registry.control('CreateRepository', { repositoryName: name })
    await pushImages()
    expect(await release(held)).toEqual(all(held, 404))
    // A call names its repository in its body, so that it means the one that is there by then.
    const { BatchDeleteImage } = await release({ BatchDeleteImage: calls.BatchDeleteImage })
    expect(BatchDeleteImage).toBe(200)
  })

  it('has no effect once the key that signed its login is revoked', async () => {
    const { held } = await holdPushes()
    await registry.admin('signing-key', 'rotate')
    const { signingKeys } = await registry.admin('signing-key', 'list')
    for (const { keyId } of signingKeys.slice(1)) await registry.admin('signing-key', 'revoke', '--key-id', keyId)
    expect(await release(held)).toEqual(all(held, 401))
    await expectUnchanged()
  })

  it('moves and deletes no tag that became immutable or protected', async () => {
    const { held } = await holdPushes()
    const { PutImage, BatchDeleteImage, DeleteRepository } = await holdCalls()
    const settings = { immutableTags: ['v1'], protectedTags: ['v1'] }
    await registry.control('Berth_V1.PutRepositorySettings', { repositoryName: name, settings })
    expect((await held.manifest.release()).status).toBe(409)
    expect(await release({ PutImage, DeleteRepository })).toEqual({
      PutImage: 'ImageTagAlreadyExistsException',
      DeleteRepository: 'RepositoryNotEmptyException',
    })
    expect(JSON.parse((await BatchDeleteImage.release()).body).failures).toMatchObject([
      { failureCode: 'ImageProtected' },
    ])
    await expectUnchanged()
  })
})
