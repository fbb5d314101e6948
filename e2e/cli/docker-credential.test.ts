import { appendFile, chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DOCKER_CREDENTIAL_BERTH } from '../support/berth.ts'
import { withHomes } from '../support/homes.ts'
import { run } from '../support/run.ts'

const NOT_FOUND = { exitCode: 1, stdout: 'credentials not found in native keychain\n', stderr: '' }

const at = withHomes()
const { program, configure } = at
const ask = (what: string, stdin = '', env: Record<string, string> = {}) =>
  run(process.execPath, [DOCKER_CREDENTIAL_BERTH, what], { env: { HOME: at.HOME, ...env }, stdin })
const secretOf = ({ stdout }: { stdout: string }) => (JSON.parse(stdout) as { Secret: string }).Secret
const tokenStatus = async (password: string) => {
  const authorization = `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`
  return (await fetch(`${at.server.url}/token/`, { headers: { authorization } })).status
}
const logins = () => join(at.HOME, '.cache/berth/logins')

describe('docker-credential-berth', () => {
  it('gives a password for the host and port of a profile, whichever profile is chosen', async () => {
    await configure('--profile', 'mine')
    const { stdout, ...outcome } = await ask('get', `${at.host}\n`)
    expect(outcome).toEqual({ exitCode: 0, stderr: '' })
    expect(JSON.parse(stdout)).toEqual({ ServerURL: at.host, Username: 'AWS', Secret: expect.any(String) })
    expect(await tokenStatus(secretOf({ stdout }))).toBe(200)
    // What leads other commands elsewhere changes nothing here.
    const elsewhere = { AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_REGION: 'us-east-1' }
    expect((await ask('get', at.host, elsewhere)).exitCode).toBe(0)
    expect(JSON.parse((await ask('list')).stdout)).toEqual({ [at.host]: 'AWS' })
  })

  it('works by variables alone, where there is no profile', async () => {
    const text = await readFile(`${at.dataDir}/credentials`, 'utf8')
    const [, id = '', secret = ''] = /access_key_id = (\S+)\n.*access_key = (\S+)/.exec(text) ?? []
    const keys = { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_REGION: 'us-east-1' }
    const there = { ...keys, AWS_ENDPOINT_URL_ECR_PUBLIC: at.server.url }
    expect(await tokenStatus(secretOf(await ask('get', at.host, there)))).toBe(200)
    expect(await ask('get', at.host, keys)).toEqual(NOT_FOUND)
  })

  it('knows no other host, however much it looks like one', async () => {
    await configure()
    const port = at.host.split(':')[1]
    const others = [
      ...[
        `127.0.0.1:${port}0`,
        '127.0.0.1',
        `localhost:${port}`,
        `127.1:${port}`,
        `0x7f.0.0.1:${port}`,
        'public.ecr.aws',
      ],
      ...[
        `${at.host}.evil.example`,
        `${at.host}@evil.example`,
        `evil.example#${at.host}`,
        `user@${at.host}`,
        `https://${at.host}`,
      ],
    ]
    for (const other of others) expect([other, await ask('get', other)]).toEqual([other, NOT_FOUND])
    expect(await ask('get')).toMatchObject({ exitCode: 1, stdout: 'no credentials server URL\n' })
  })

  it('sends no key where others could listen, and none to Amazon', async () => {
    const key = 'aws_access_key_id = AKIATEST\naws_secret_access_key = secret\nregion = us-east-1\n'
    const plain = `[profile plain]\n${key}endpoint_url = http://registry.example:5000\n`
    await writeFile(`${at.HOME}/.aws/config`, `${plain}[profile amazon]\n${key}`)
    for (const other of ['registry.example:5000', 'api.ecr-public.us-east-1.amazonaws.com', 'public.ecr.aws'])
      expect(await ask('get', other)).toEqual(NOT_FOUND)
    expect((await ask('list')).stdout).toBe('{}\n')
  })

  it('keeps a password for the user alone until it is erased, and none of another key', async () => {
    await configure()
    const first = secretOf(await ask('get', at.host))
    const [file = ''] = await readdir(logins())
    expect((await stat(join(logins(), file))).mode & 0o777).toBe(0o600)
    expect((await stat(logins())).mode & 0o777).toBe(0o700)
    expect(secretOf(await ask('get', at.host))).toBe(first)

    expect(await ask('erase', 'registry.example')).toEqual({ exitCode: 0, stdout: '', stderr: '' })
    expect(secretOf(await ask('get', at.host))).toBe(first)
    expect(await ask('erase', at.host)).toEqual({ exitCode: 0, stdout: '', stderr: '' })
    expect(await readdir(logins())).toEqual([])
    const second = secretOf(await ask('get', at.host))
    expect(second).not.toBe(first)

    const [kept = ''] = await readdir(logins())
    await chmod(join(logins(), kept), 0o644)
    expect(secretOf(await ask('get', at.host))).not.toBe(second)
    const credentials = await readFile(`${at.HOME}/.aws/credentials`, 'utf8')
    await writeFile(`${at.HOME}/.aws/credentials`, credentials.replace(/(access_key_id = ).*/, '$1AKIAOTHER'))
    expect(await ask('get', at.host)).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('GetAuthorizationToken'),
    })
  })

  it('works where nothing can be kept', async () => {
    await configure()
    await chmod(`${at.HOME}/.cache/berth`, 0o777)
    expect(await tokenStatus(secretOf(await ask('get', at.host)))).toBe(200)
  })

  it('stores nothing, and says why', async () => {
    await configure()
    const stored = await ask('store', JSON.stringify({ ServerURL: at.host, Username: 'AWS', Secret: 'x' }))
    expect(stored).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('makes a password whenever') })
    expect(await ask('fly')).toMatchObject({
      exitCode: 1,
      stdout: 'Call it with one of: get, list, erase, version, store.\n',
    })
    expect((await ask('version')).stdout).toMatch(/^docker-credential-berth \d/)
  })
})

describe('berth configure --docker', () => {
  it('prints what to add for each host that a profile leads to, and writes nothing', async () => {
    await configure()
    const { exitCode, stdout } = await program(['configure', '--docker'])
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining(`${at.HOME}/.docker/config.json`)])
    expect(JSON.parse(stdout.slice(stdout.indexOf('{'), stdout.lastIndexOf('}') + 1))).toEqual({
      credHelpers: { [at.host]: 'berth' },
    })
    await expect(stat(`${at.HOME}/.docker`)).rejects.toThrow('ENOENT')
    // Other services of this machine have profiles, too, and nobody can tell from here.
    await appendFile(`${at.HOME}/.aws/config`, '[profile stack]\nendpoint_url = http://localhost:4566\n')
    expect((await program(['configure', '--docker'])).stdout).toContain(
      `Leave out what is no registry: ${at.host} (profile berth), localhost:4566 (profile stack).`,
    )
  })

  it('says what to do first where no profile leads to a registry', async () => {
    const { exitCode, stderr } = await program(['configure', '--docker'])
    expect([exitCode, stderr]).toEqual([253, expect.stringContaining('berth configure --local')])
  })

  it('is one of two', async () => {
    expect((await program(['configure'])).stderr).toContain('required: --local, --docker')
    expect((await program(['configure', '--docker', '--local'])).stderr).toContain('not allowed with argument --local')
  })
})
