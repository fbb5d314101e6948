/**
 * Keys that must be exchanged first: stubs of the AWS services that do it, and of a registry that sees what came of it.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { expect } from 'vitest'
import { BERTH } from '../support/berth.ts'
import { type StubAnswer, type StubRequest, startHttpStub } from '../support/http-stub.ts'
import { type Outcome, run } from '../support/run.ts'
import { makeScratch } from '../support/scratch.ts'
import { isSignedWith, type RoleKeys } from '../support/signature.ts'

export const HOUR = 3_600_000
export const ROLE = { accessKeyId: 'ASIAROLE', secretAccessKey: 'role/secret+key', sessionToken: 'role//token==' }

export type RoleStubs = Awaited<ReturnType<typeof startRoleStubs>>

/**
 * One server for all services. The first folder of a path tells which service is meant. `program` is the command line
 * to drive.
 */
export async function startRoleStubs(program: readonly string[] = [process.execPath, BERTH]) {
  const scratch = await makeScratch()
  const answers: Record<string, (request: StubRequest) => StubAnswer | undefined | Promise<StubAnswer>> = {
    registry: () => ({ body: { registries: [] } }),
  }
  const serviceOf = ({ target }: StubRequest) => target.split('/')[1] ?? ''
  const notFound = () => ({ status: 404, body: {} })
  const stub = await startHttpStub(request => (answers[serviceOf(request)] ?? notFound)(request))
  const asked = (service: string) => stub.requests.filter(request => serviceOf(request) === service)

  return {
    url: stub.url,
    requests: stub.requests,
    /** What each service answers. */
    answers,
    asked,
    /** Writes a file in the home folder of the command, and returns its path. */
    async write(name: string, text: string): Promise<string> {
      const file = scratch.path(name)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
      return file
    },
    home: scratch.path(),
    /** Runs describe-registries. In `env`, `undefined` removes a variable. */
    describeRegistries(env: Record<string, string | undefined> = {}, args: readonly string[] = []): Promise<Outcome> {
      const command = [
        'ecr-public',
        'describe-registries',
        '--endpoint-url',
        `${stub.url}/registry`,
        '--output',
        'text',
      ]
      const [file = '', ...words] = program
      return run(file, [...words, ...command, ...args], {
        env: {
          HOME: scratch.path(),
          AWS_REGION: 'us-east-1',
          AWS_EC2_METADATA_DISABLED: 'true',
          AWS_MAX_ATTEMPTS: '1',
          AWS_ENDPOINT_URL_SSO: `${stub.url}/sso`,
          AWS_ENDPOINT_URL_SSO_OIDC: `${stub.url}/oidc`,
          AWS_ENDPOINT_URL_STS: `${stub.url}/sts`,
          ...env,
        },
      })
    },
    /** Expects that the command succeeded, by one request that carries the signature of these keys. */
    async expectSigned(outcome: Outcome, keys: RoleKeys = ROLE): Promise<void> {
      expect(outcome).toEqual({ exitCode: 0, stdout: '', stderr: '' })
      const [request, ...more] = asked('registry')
      if (!request) throw new Error('the registry was not asked')
      expect(more).toEqual([])
      expect(request.headers['x-amz-security-token']).toBe(keys.sessionToken)
      expect(await isSignedWith(keys, stub, request)).toBe(true)
    },
    /** What a command said that never came to ask the registry. */
    refusal({ exitCode, stdout, stderr }: Outcome): { exitCode: number; message: string } {
      expect(stdout).toBe('')
      expect(stderr).not.toContain('    at ')
      expect(asked('registry')).toEqual([])
      return { exitCode, message: stderr.trim() }
    },
    async [Symbol.asyncDispose]() {
      await stub[Symbol.asyncDispose]()
      await scratch[Symbol.asyncDispose]()
    },
  }
}
