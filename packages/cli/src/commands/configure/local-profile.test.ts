import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Environment } from '../../environment.ts'
import { environmentOf } from '../../testing/run-main.ts'
import { LocalProfile } from './local-profile.ts'

const REGISTRY = {
  dataDir: '/data',
  endpoint: 'http://127.0.0.1:5000',
  region: 'us-east-1',
  accessKeyId: 'AKIAOWN',
  secretAccessKey: 's',
}

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'berth-profile-'))
  mkdirSync(join(home, '.aws'))
})
afterEach(() => rmSync(home, { recursive: true }))

const file = (name: string) => join(home, '.aws', name)
const profile = (name: string, env: Environment['env'] = {}) => new LocalProfile(name, { ...environmentOf(env), home })
const configure = (name: string, env: Environment['env'] = {}) => {
  const own = profile(name, env)
  own.requireOwn(REGISTRY)
  own.write(REGISTRY, undefined)
}

describe('a profile for a local registry', () => {
  it.each(['[profile "berth"]', "[profile  'berth']", '[profile b"ert"h]'])('leaves %s to its owner', heading => {
    writeFileSync(file('config'), `${heading}\nregion = eu-west-1\n`)
    expect(() => configure('berth')).toThrow(heading)
  })

  it('has a name with blanks as AWS tools read it, and finds it again', () => {
    configure('my registry')
    configure('my registry')
    expect(readFileSync(file('config'), 'utf8')).toMatch(/^\[profile 'my registry'\]\n(?!.*\[)/s)
    expect(readFileSync(file('credentials'), 'utf8')).toMatch(/^\[my registry\]\n(?!.*\[)/s)
  })

  it.each(['a]\n[default', 'a\nb', `a'b`, ' a', ''])('is not called %j', name => {
    expect(() => profile(name)).toThrow('argument --profile')
  })

  it.each([
    ['config', 'role_arn = arn:aws:iam::123456789012:role/x'],
    ['config', 'sso_session = work'],
    ['config', 'credential_process = /bin/true'],
    ['credentials', 'aws_session_token = x'],
  ])('is not written where %s has %s, which leads to other credentials', (name, line) => {
    configure('berth')
    const before = `${readFileSync(file(name), 'utf8')}${line}\n`
    writeFileSync(file(name), before)
    expect(() => configure('berth')).toThrow(`${line.split(' ', 1)[0]} stands in [`)
    expect(readFileSync(file(name), 'utf8')).toBe(before)
  })

  it('keeps the mode of the file that has no secret, whatever the umask is', () => {
    for (const name of ['config', 'credentials']) {
      writeFileSync(file(name), '')
      chmodSync(file(name), 0o664)
    }
    configure('berth')
    expect(['config', 'credentials'].map(name => statSync(file(name)).mode & 0o777)).toEqual([0o664, 0o600])
  })

  it('is known again where an editor has changed the ends of all lines', () => {
    configure('berth')
    const crlf = readFileSync(file('config'), 'utf8').replaceAll('\n', '\r\n')
    writeFileSync(file('config'), crlf)
    configure('berth')
    expect(readFileSync(file('config'), 'utf8')).toBe(crlf)
  })

  it('is written to neither file where links of one lead in a circle', () => {
    symlinkSync('config', file('config'))
    expect(() => configure('berth')).toThrow('cannot be read: [Errno 40] Too many levels of symbolic links')
    expect(existsSync(file('credentials'))).toBe(false)
  })

  it('says which file cannot be written, and how to name another', () => {
    writeFileSync(join(home, 'no-folder'), '')
    const AWS_CONFIG_FILE = join(home, 'no-folder', 'config')
    expect(() => configure('berth', { AWS_CONFIG_FILE })).toThrow(
      /^The profile cannot be written: \[Errno 20\] Not a directory: '.*no-folder.config'\. AWS_CONFIG_FILE and /,
    )
    const AWS_SHARED_CREDENTIALS_FILE = join(home, 'new', 'folder', 'credentials')
    configure('berth', { AWS_SHARED_CREDENTIALS_FILE })
    expect(statSync(AWS_SHARED_CREDENTIALS_FILE).mode & 0o777).toBe(0o600)
  })
})
