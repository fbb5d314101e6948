import { afterAll, beforeAll, expect, it } from 'vitest'
import { BERTH } from '../support/berth.ts'
import { type HttpStub, startHttpStub } from '../support/http-stub.ts'
import { run } from '../support/run.ts'
import { isSignedWith } from '../support/signature.ts'
import { describeWith, toolPath } from '../support/tools.ts'

const KEYS = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' }

describeWith(['aws'], 'the path of an endpoint', () => {
  let stub: HttpStub
  beforeAll(async () => {
    stub = await startHttpStub(() => ({ body: { registries: [] } }))
  })
  afterAll(() => stub?.[Symbol.asyncDispose]())

  async function requestBy(program: readonly string[], path: string) {
    const [file = '', ...words] = program
    const command = ['ecr-public', 'describe-registries', '--endpoint-url', stub.url + path]
    await run(file, [...words, ...command], {
      env: {
        AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
        AWS_DEFAULT_REGION: 'us-east-1',
      },
    })
    const request = stub.requests.pop()
    if (!request) throw new Error(`${file} sent nothing`)
    return request
  }

  it.each(['', '/', '/a/../b', '/..', '/a/./b//', '/a/%2e%2e/b', '/a b', '/ä|{}', '/100%', '/a#b'])(
    'reaches the wire as aws sends it: %j',
    async path => {
      const ours = await requestBy([process.execPath, BERTH], path)
      const theirs = await requestBy([toolPath('aws')], path)
      expect(ours.target).toBe(theirs.target)
      // aws signs what it escapes later as it was before, which no server sees.
      expect(await isSignedWith(KEYS, stub, ours)).toBe(true)
    },
  )
})
