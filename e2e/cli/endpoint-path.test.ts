import { afterAll, beforeAll, expect, it } from 'vitest'
import { BERTH } from '../support/berth.ts'
import { type HttpStub, startHttpStub } from '../support/http-stub.ts'
import { type Outcome, type RunOptions, run } from '../support/run.ts'
import { runAws } from '../support/run-aws.ts'
import { isSignedWith } from '../support/signature.ts'
import { describeWith } from '../support/tools.ts'

const KEYS = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' }

describeWith(['aws'], 'the path of an endpoint', () => {
  let stub: HttpStub
  beforeAll(async () => {
    stub = await startHttpStub(() => ({ body: { registries: [] } }))
  })
  afterAll(() => stub?.[Symbol.asyncDispose]())

  type Program = (args: readonly string[], options: RunOptions) => Promise<Outcome>
  const ours: Program = (args, options) => run(process.execPath, [BERTH, ...args], options)

  async function requestBy(program: Program, path: string) {
    await program(['ecr-public', 'describe-registries', '--endpoint-url', stub.url + path], {
      env: {
        AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
        AWS_DEFAULT_REGION: 'us-east-1',
      },
    })
    const request = stub.requests.pop()
    if (!request) throw new Error('nothing was sent')
    return request
  }

  it.each(['', '/', '/a/../b', '/..', '/a/./b//', '/a/%2e%2e/b', '/a b', '/ä|{}', '/100%', '/a#b'])(
    'reaches the wire as aws sends it: %j',
    async path => {
      const request = await requestBy(ours, path)
      expect(request.target).toBe((await requestBy(runAws, path)).target)
      // aws signs what it escapes later as it was before, which no server sees.
      expect(await isSignedWith(KEYS, stub, request)).toBe(true)
    },
  )
})
