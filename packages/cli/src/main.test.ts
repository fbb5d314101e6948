/** The whole program: what goes wrong, which of it is told first, and with which exit code. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ReaderGone } from './environment.ts'
import { main } from './main.ts'
import { environmentOf, runMain } from './testing/run-main.ts'

type Env = Record<string, string | undefined>

let folder: string
let server: Server
let url: string
let answer = '{}'
let warning: string[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'berth-main-'))
  server = createServer((_, response) => {
    if (warning.length > 0) response.setHeader('warning', warning)
    response.end(answer)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
})

const DELETE = 'ecr-public batch-delete-image --repository-name team/web --image-ids imageTag=v1'
const NO_KEYS: Env = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }
const NO_REGION: Env = { AWS_REGION: undefined }

/**
 * Runs a command line, words apart by blanks, with the options of a default profile and what follows it in the file.
 */
async function berth(line: string, env: Env = {}, config = '') {
  const file = join(folder, 'config')
  writeFileSync(file, `[default]\n${config}`)
  return runMain(line.split(' '), { AWS_CONFIG_FILE: file, AWS_ENDPOINT_URL_ECR_PUBLIC: url, ...env })
}

describe('what is wrong with credentials', () => {
  const ROLE = 'role_arn = arn:aws:iam::123456789012:role/r\n'
  const SINGLE_SIGN_ON = 'sso_account_id = 1\nsso_role_name = r\n'
  const noneIn = (source: string) =>
    `Error when retrieving credentials from ${source}: No credentials found in credential_source referenced in profile default`
  const SOURCES: readonly [config: string, message: string][] = [
    ['aws_access_key_id = x\n', 'Partial credentials found in config-file, missing: aws_secret_access_key'],
    ['credential_process = false\n', 'Error when retrieving credentials from custom-process: '],
    ['credential_process = /nope/x\n', "[Errno 2] No such file or directory: '/nope/x'"],
    [
      `credential_process = echo '{"Version":1,"AccessKeyId":"a","SecretAccessKey":"s","Expiration":"tomorrow"}'\n`,
      'Unknown string format: tomorrow',
    ],
    [SINGLE_SIGN_ON, 'is configured to use SSO but is missing required configuration: sso_start_url, sso_region'],
    [`sso_session = x\n${SINGLE_SIGN_ON}`, 'The specified sso-session does not exist: "x"'],
    [`${ROLE}credential_source = Environment\n`, noneIn('Environment')],
    [`${ROLE}credential_source = EcsContainer\n`, noneIn('EcsContainer')],
    [`${ROLE}credential_source = Ec2InstanceMetadata\n`, noneIn('Ec2InstanceMetadata')],
    [`${ROLE}credential_source = X\n`, 'The credential source "X" referenced in profile "default" is not valid.'],
    [
      `${ROLE}credential_source = Environment\nsource_profile = b\n[profile b]\n`,
      'The profile "default" contains both source_profile and credential_source.',
    ],
    [`${ROLE}source_profile = b\n[profile b]\n`, 'The source profile "b" must have credentials.'],
  ]

  it.each(SOURCES)('is told when a client is made, before what follows: %j', async (config, message) => {
    const wrong = { exitCode: 255, stdout: '', stderr: expect.stringContaining(message) }
    expect(await berth(DELETE, { ...NO_KEYS, ...NO_REGION }, config)).toEqual(wrong)
    expect(await berth(`${DELETE} foo=v2`, NO_KEYS, config)).toEqual(wrong)
    expect(await berth(`${DELETE} --generate-cli-skeleton output`, NO_KEYS, config)).toEqual(wrong)
  })

  it('is told after a region that cannot be one, and not at all where nothing is signed', async () => {
    const [config] = SOURCES[0] ?? ['']
    const { stderr } = await berth(`${DELETE} --region 12`, NO_KEYS, config)
    expect(stderr).toBe("\nProvided region_name '12' doesn't match a supported format.\n")
    expect(await berth(`${DELETE} --no-sign-request`, NO_KEYS, config)).toMatchObject({ exitCode: 0 })
  })

  it('waits for the request where another machine or a login would have to be asked', async () => {
    const config = `sso_start_url = http://127.0.0.1:1\nsso_region = r\n${SINGLE_SIGN_ON}`
    expect(await berth(DELETE, { ...NO_KEYS, ...NO_REGION }, config)).toMatchObject({ exitCode: 253 })
    expect(await berth(`${DELETE} foo=v2`, NO_KEYS, config)).toMatchObject({ exitCode: 252 })
    expect((await berth(DELETE, NO_KEYS, config)).stderr).toContain('Error loading SSO Token')
  })

  it.each([
    ['', 'but the "x" sso_session configuration does not exist.'],
    ['[sso-session x]\n', 'but the "x" sso_session configuration does not exist.'],
    ['[sso-session x]\nfoo = bar\n', "but is missing the following configuration: ['sso_start_url', 'sso_region']."],
  ])('may be a session that nobody uses: %j', async (section, message) => {
    const { exitCode, stderr } = await berth(DELETE, {}, `sso_session = x\n${section}`)
    expect(stderr).toBe(`\nThe profile "default" is configured to use the SSO token provider ${message}\n`)
    expect(exitCode).toBe(255)
  })

  it.each(['AWS_METADATA_SERVICE_TIMEOUT', 'AWS_METADATA_SERVICE_NUM_ATTEMPTS'])(
    'may be %s, even where nobody asks for metadata',
    async name => {
      const wrong = { exitCode: 255, stdout: '', stderr: "\ninvalid literal for int() with base 10: '1.5'\n" }
      expect(await berth(`${DELETE} --generate-cli-skeleton`, { [name]: '1.5' })).toEqual(wrong)
    },
  )
})

it.each(['read', 'connect'])('refuses a negative %s timeout', async kind => {
  const { exitCode, stderr } = await berth(`${DELETE} --cli-${kind}-timeout=-3`)
  expect(stderr).toBe(
    `\nAttempted to set ${kind} timeout to -3, but the timeout cannot be set to a value less than or equal to 0.\n`,
  )
  expect(exitCode).toBe(255)
})

describe('an input document', () => {
  const file = (name: string, text: string | Uint8Array) => {
    writeFileSync(join(folder, name), text)
    return `${name.startsWith('b') ? 'fileb' : 'file'}://${join(folder, name)}`
  }

  it('that is none is told without dashes, a file that cannot be read and what is no map with them', async () => {
    const told = async (value: string) =>
      (await berth(`ecr-public describe-registries --cli-input-json ${value}`)).stderr
    expect(await told('{')).toBe("\nError parsing parameter 'cli-input-json': Invalid JSON received.\n")
    expect(await told('file:///nope')).toContain(
      "\nError parsing parameter '--cli-input-json': Unable to load paramfile",
    )
    expect(await told('[]')).toContain("\nError parsing parameter '--cli-input-json': Invalid type: expecting map")
  })

  it.each(['json', 'yaml'])('of bytes that are no UTF-8 is no %s', async format => {
    const given = file('bytes', new Uint8Array([0x22, 0xff, 0x22]))
    const { exitCode, stderr } = await berth(`ecr-public describe-registries --cli-input-${format} ${given}`)
    expect(stderr).toBe(`\nError parsing parameter 'cli-input-${format}': Invalid ${format.toUpperCase()} received.\n`)
    expect(exitCode).toBe(252)
  })
})

it.each(['w6k6w6k=', '/zo=', '', 'QVdT'])('finds no password in the token %j unless it is text in two', async token => {
  answer = JSON.stringify({ authorizationData: { authorizationToken: token } })
  const { exitCode, stdout } = await berth('ecr-public get-login-password')
  expect({ exitCode, stdout }).toEqual(
    token === 'w6k6w6k=' ? { exitCode: 0, stdout: 'é\n' } : { exitCode: 255, stdout: '' },
  )
  answer = '{}'
})

describe('help', () => {
  it.each([
    ['help', 'o configure: writes a profile'],
    ['clean help', '--older-than'],
    ['configure help', '--data-dir'],
    ['configure --help', '--data-dir'],
    ['completion help', 'berth completion zsh'],
    ['ecr-public batch-delete-image help', 'imageDigest -> (string)'],
    ['settings put help', 'protectedTags -> (list)'],
  ])('%s tells of %j, its words within 80 columns', async (line, words) => {
    const { exitCode, stdout } = await berth(line)
    expect(exitCode).toBe(0)
    expect(stdout).toContain(words)
    // What one would copy stays in one piece.
    const prose = stdout.split('\n').filter(each => !/[=\\]/.test(each))
    expect(prose.filter(each => each.length > 80 && !each.includes('berth '))).toEqual([])
  })
})

it('shows on standard error what the server warns of, once', async () => {
  const text = '299 - "the policy names keys that are never set"'
  warning = [text, text, '299 - "and another"']
  try {
    expect(await berth('ecr-public describe-registries')).toEqual({
      exitCode: 0,
      stdout: '',
      stderr:
        'Warning from the server: the policy names keys that are never set\nWarning from the server: and another\n',
    })
  } finally {
    warning = []
  }
})

describe('output that nobody reads', () => {
  const unread = async (line: string, body: string) => {
    answer = body
    const told: string[] = []
    const keys = { AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'us-east-1' }
    const environment = environmentOf({ ...keys, AWS_ENDPOINT_URL_ECR_PUBLIC: url }, (stream, text) => {
      if (stream === 'stdout') throw new ReaderGone()
      told.push(text)
    })
    const exitCode = await main(line.split(' '), environment)
    answer = '{}'
    return { exitCode, stderr: told.join('') }
  }

  it('is no failure for a listing, and one for a secret', async () => {
    const token = JSON.stringify({ authorizationData: { authorizationToken: btoa('AWS:secret'), expiresAt: 1 } })
    expect(await unread('ecr-public describe-registries', '{"registries":[]}')).toEqual({ exitCode: 0, stderr: '' })
    for (const command of ['get-login-password', 'get-authorization-token'])
      expect(await unread(`ecr-public ${command}`, token)).toEqual({
        exitCode: 255,
        stderr: '\nNobody read the secret that was to be printed. Run the command again.\n',
      })
  })
})
