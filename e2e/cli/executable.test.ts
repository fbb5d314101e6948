import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BERTH, buildExecutable, EXECUTABLE } from '../support/berth.ts'
import { run, succeed } from '../support/run.ts'
import { makeScratch, type Scratch } from '../support/scratch.ts'
import { startRoleStubs } from './role-stubs.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const COMMAND = ['ecr-public', 'describe-registries', '--endpoint-url', 'http://127.0.0.1:9']

/** What the recorded cases, which the executable is put to in `corpus.test.ts`, cannot ask about it. */
describe('the executable', () => {
  let scratch: Scratch

  beforeAll(async () => {
    scratch = await makeScratch()
    await buildExecutable()
  })
  afterAll(() => scratch?.[Symbol.asyncDispose]())

  it('needs neither Node nor the checkout', async () => {
    const env = { PATH: '/nonexistent' }
    const { stdout } = await run(EXECUTABLE, ['--version'], { cwd: '/', env })
    expect(stdout).toMatch(/^berth\/\d+\.\d+\.\d+ Bun\/\d+\.\d+\.\d+ \w+\/\w+\n$/)
    const skeleton = ['ecr-public', 'batch-delete-image', '--generate-cli-skeleton', 'yaml-input']
    expect(await succeed(EXECUTABLE, skeleton, { cwd: '/', env })).toBe(
      await succeed(process.execPath, [BERTH, ...skeleton]),
    )
  })

  it('names what it runs on, as the bundle does', async () => {
    const bun = JSON.parse(await readFile(`${root}node_modules/bun/package.json`, 'utf8')).version
    expect(await succeed(EXECUTABLE, ['--version'])).toContain(` Bun/${bun} `)
    expect(await succeed(process.execPath, [BERTH, '--version'])).toContain(` Node.js/${process.versions.node} `)
  })

  it('takes no settings and no credentials from files of the current folder', async () => {
    await writeFile(scratch.path('.env'), 'AWS_ACCESS_KEY_ID=key\nAWS_SECRET_ACCESS_KEY=secret\n')
    await writeFile(scratch.path('bunfig.toml'), 'preload = ["./preload.js"]\n')
    await writeFile(scratch.path('preload.js'), 'console.log("loaded")\n')
    const env = { AWS_DEFAULT_REGION: 'us-east-1', AWS_EC2_METADATA_DISABLED: 'true' }
    const { exitCode, stdout, stderr } = await run(EXECUTABLE, COMMAND, { cwd: scratch.path(), env })
    expect([exitCode, stdout]).toEqual([253, ''])
    expect(stderr).toContain('Unable to locate credentials')
  })

  it('exchanges keys through the AWS SDK that is in it', async () => {
    await using stubs = await startRoleStubs([EXECUTABLE])
    const AWS_WEB_IDENTITY_TOKEN_FILE = await stubs.write('token', 'token')
    const keys =
      '<AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>t</SessionToken>'
    const result = `<Result><Credentials>${keys}<Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></Result>`
    const body = `<Response>${result}</Response>`.replaceAll(/(Result|Response)>/g, 'AssumeRoleWithWebIdentity$1>')
    stubs.answers['sts'] = () => ({ body })
    const role = { AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN: 'arn:aws:iam::111122223333:role/cleaner' }
    const outcome = await stubs.describeRegistries(role)
    await stubs.expectSigned(outcome, { accessKeyId: 'ASIAROLE', secretAccessKey: 'secret', sessionToken: 't' })
  })
})
