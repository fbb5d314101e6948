import { lstat, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { withHomes } from '../support/homes.ts'

const at = withHomes()
const { program, configure } = at
const config = () => readFile(`${at.HOME}/.aws/config`, 'utf8')
const credentials = () => readFile(`${at.HOME}/.aws/credentials`, 'utf8')
const give = (text: { config: string; credentials: string }) =>
  Promise.all([
    writeFile(`${at.HOME}/.aws/config`, text.config),
    writeFile(`${at.HOME}/.aws/credentials`, text.credentials),
  ])
const ownKey = async () => /^aws_access_key_id = (\S+)$/m.exec(await readFile(`${at.dataDir}/credentials`, 'utf8'))?.[1]

describe('berth configure --local', () => {
  it('writes a profile of its own for the server that the data folder names, to be chosen by the shell', async () => {
    const { stdout, ...outcome } = await configure()
    expect(outcome).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toContain(`The profile berth points at ${at.server.url}.`)
    expect(stdout).toContain('export AWS_PROFILE=berth')
    expect(await config()).not.toContain('[default]')
    const listed = ['ecr-public', 'describe-repositories', '--output', 'json']
    expect((await program(listed, { AWS_PROFILE: 'berth' })).stdout).toContain('"repositories": []')
    // Without being chosen it leads nobody anywhere: the same command must not one day reach Amazon, or this server.
    expect((await program(listed, { AWS_REGION: 'us-east-1' })).stderr).toContain('Unable to locate credentials')
  })

  it('names what is set in the shell and comes before the profile', async () => {
    const shell = { AWS_ACCESS_KEY_ID: 'AKIAOTHER', AWS_SECRET_ACCESS_KEY: 's', AWS_REGION: 'eu-west-1' }
    const { stdout, stderr, exitCode } = await program(['configure', '--local', '--data-dir', at.dataDir], shell)
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringContaining(
        '\n  unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION\n  export AWS_PROFILE=berth\n',
      ),
    ])
    expect(stderr).toContain('before what the profile says: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION.')
  })

  it('never touches what somebody else wrote, and says where it stands', async () => {
    const theirs = {
      config:
        '# mine\n[default]\nregion = us-east-1\nendpoint_url = http://localhost:9000\noutput = yaml\ns3 =\n  a = b\n',
      credentials: '[default]\naws_access_key_id = AKIAMINIO\naws_secret_access_key = only-copy\n',
    }
    await give(theirs)
    expect((await configure()).exitCode).toBe(0)
    expect(await config()).toContain(theirs.config)
    expect(await credentials()).toContain(theirs.credentials)
    // A secret is written into it, whatever it was before.
    expect((await lstat(`${at.HOME}/.aws/credentials`)).mode & 0o077).toBe(0)

    await give(theirs)
    const asDefault = await configure('--as-default')
    expect(asDefault.exitCode).toBe(253)
    expect(asDefault.stderr).toContain(`[default] of ${at.HOME}/.aws/config`)
    expect(await config()).toBe(theirs.config)
    expect(await credentials()).toBe(theirs.credentials)

    await give({ config: '[profile berth]\nregion = eu-west-1\n', credentials: '' })
    expect((await configure()).stderr).toContain('Name another profile by --profile.')
    expect((await configure('--profile', 'other')).exitCode).toBe(0)
    expect(await config()).toContain('[profile berth]\nregion = eu-west-1\n')
  })

  it('makes the default profile only where that is said', async () => {
    expect((await configure('--profile', 'default')).exitCode).toBe(252)
    expect((await configure('--as-default', '--profile', 'x')).exitCode).toBe(252)
    const { exitCode, stdout } = await configure('--as-default')
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('The default profile') })
    expect((await program(['ecr-public', 'describe-repositories'])).exitCode).toBe(0)
  })

  it('changes only what it sets in a profile of its own, also when the server has moved', async () => {
    await configure('--endpoint-url', at.server.url)
    await writeFile(`${at.HOME}/.aws/config`, `${await config()}output = yaml\n`)
    expect((await configure()).exitCode).toBe(0)
    expect(await config()).toBe(
      `[profile berth]\n# by berth configure --local\nregion = us-east-1\nendpoint_url = ${at.server.url}\noutput = yaml\n`,
    )
  })

  it('tells of a default profile that an older release wrote', async () => {
    const key = `aws_access_key_id = ${await ownKey()}\naws_secret_access_key = x\n`
    await give({
      config: `[default]\nregion = us-east-1\nendpoint_url = ${at.server.url}\n`,
      credentials: `[default]\n${key}`,
    })
    const { exitCode, stderr } = await configure()
    expect(exitCode).toBe(0)
    expect(stderr).toContain(
      `remove [default] from ${at.HOME}/.aws/config and [default] from ${at.HOME}/.aws/credentials`,
    )
    // Written for another registry, as far as anybody can know: it may be the only copy of that key.
    await give({
      config: `[profile berth]\nregion = us-east-1\nendpoint_url = ${at.server.url}\n`,
      credentials: '[berth]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = x\n',
    })
    const refused = await configure()
    expect(refused.exitCode).toBe(253)
    expect(refused.stderr).toContain('It looks as an older release of berth wrote it')
  })

  it('follows symbolic links, also to where nothing is yet', async () => {
    await mkdir(`${at.HOME}/dot`)
    await writeFile(`${at.HOME}/dot/config`, '[profile x]\nregion = eu-west-1\n')
    for (const name of ['config', 'credentials']) await symlink(`../dot/${name}`, `${at.HOME}/.aws/${name}`)
    expect((await configure()).exitCode).toBe(0)
    for (const name of ['config', 'credentials'])
      expect((await lstat(`${at.HOME}/.aws/${name}`)).isSymbolicLink()).toBe(true)
    expect(await readFile(`${at.HOME}/dot/config`, 'utf8')).toMatch(/^\[profile x\].*\[profile berth\]/s)
    expect(await readFile(`${at.HOME}/dot/credentials`, 'utf8')).toContain('[berth]')
  })

  it('writes nothing where no server answers, or one that does not know the key', async () => {
    const nowhere = await configure('--endpoint-url', 'http://127.0.0.1:9')
    expect(nowhere.exitCode).toBe(253)
    expect(nowhere.stderr).toContain('No registry answers at http://127.0.0.1:9.')
    const other = at.scratch.path('other')
    await mkdir(other, { recursive: true })
    await writeFile(
      `${other}/credentials`,
      '[default]\naws_access_key_id = AKIANOBODY0000000000\naws_secret_access_key = x\n',
    )
    const stranger = await program(['configure', '--local', ...['--data-dir', other, '--endpoint-url', at.server.url]])
    expect(stranger.exitCode).toBe(253)
    expect(stranger.stderr).toContain(`does not know the key of ${other}`)
    await rm(other, { recursive: true })
    const lost = await program(['configure', '--local', '--data-dir', other])
    expect(lost.stderr).toContain('berthd admin key create')
    await expect(config()).rejects.toThrow('ENOENT')
  })
})
