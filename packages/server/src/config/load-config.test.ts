import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ConfigError, loadConfig } from './load-config.ts'
import { settingPaths, settings } from './settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'berth-config-'))
afterAll(() => rmSync(folder, { recursive: true }))
const fileWith = (text: string) => {
  const file = join(folder, `${Math.random()}.yaml`)
  writeFileSync(file, text)
  return file
}

describe('loadConfig', () => {
  it('has a default for every setting, and each default passes its own check', () => {
    const values = loadConfig({ argv: [], env: {} })
    for (const path of settingPaths) expect(values[path], path).toEqual(settings[path].fallback)
    for (const path of settingPaths) expect(settings[path].schema.safeParse(values[path]).success, path).toBe(true)
  })

  it('lets a flag win over the environment, and that over the file', () => {
    const config = fileWith('port: 1\nhost: file.example\nlog: {level: info}\n')
    const env = { BERTH_CONFIG: config, BERTH_PORT: '2', BERTH_HOST: 'env.example' }
    expect(loadConfig({ argv: ['--port', '3'], env })).toMatchObject({
      port: 3,
      host: 'env.example',
      'log.level': 'info',
    })
  })

  it('redirects pulls to S3 only', () => {
    const load = (...argv: string[]) => loadConfig({ argv: ['--redirect-pulls', 'true', ...argv], env: {} })
    expect(() => load()).toThrow('unless blobs is an S3 URL')
    expect(() => load('--blobs', 's3://bucket', '--redirect-except', '10.0.0.0/40')).toThrow('no CIDR')
    expect(load('--blobs', 's3://bucket', '--redirect-except', '10.0.0.0/8').redirectPulls).toBe(true)
  })

  it('takes layers as large as their parts can be', () => {
    const load = (blobs: string, bytes: number) =>
      loadConfig({ argv: ['--blobs', blobs, '--quotas-layer-max-bytes', `${bytes}`], env: {} })
    const most = 10_000 * 8 * 1024 * 1024
    expect(load('s3://bucket', most)['quotas.layerMaxBytes']).toBe(most)
    expect(() => load('s3://bucket', most + 1)).toThrow('partMiB')
    expect(load('s3://bucket?partMiB=9', most + 1)['quotas.layerMaxBytes']).toBe(most + 1)
    expect(load('files', most + 1)['quotas.layerMaxBytes']).toBe(most + 1)
  })

  it('takes the file from --config rather than BERTH_CONFIG', () => {
    const env = { BERTH_CONFIG: fileWith('port: 1') }
    expect(loadConfig({ argv: [`--config=${fileWith('port: 7')}`], env }).port).toBe(7)
  })

  it('lists every bad setting in one message', () => {
    const config = fileWith('port: many\nquotas: {tagsPerImage: -1}\nprot: 5\n')
    const env = { BERTH_CREATE_ON_PUSH: 'maybe', BERTH_TYPO: 'x' }
    const load = () => loadConfig({ argv: ['--config', config, '--drain-seconds', 'soon', '--nope', 'stray'], env })
    expect(load).toThrow(ConfigError)
    for (const part of [
      'port',
      'quotas.tagsPerImage',
      'prot',
      'BERTH_CREATE_ON_PUSH',
      'BERTH_TYPO',
      '--drain-seconds',
      '--nope',
      'stray',
    ])
      expect(load).toThrow(part)
  })

  it.each([
    ['--public-url', 'https://registry.example/berth', 'and no path'],
    ['--public-url', 'https://registry.example/?x', 'and no path'],
    ['--public-url', 'https://registry.example/#x', 'and no path'],
    ['--public-url', 'registry.example', 'must be an http or https URL'],
    ['--database', 'postgres://berth:hunter2@db:port/berth', 'postgres://user:password@host'],
    ['--database', 'postgres://berth:12/hunter2@db/berth', '%2F for a / in the password'],
    ['--database', 'mysql://berth:hunter2@db/berth', 'must be sqlite'],
    ['--blobs', 's3://bucket?endpoint=https://u:hunter2@host&x=y', 'there is no parameter "x"'],
    ['--secret-key', 'hunter2', '64 hexadecimal digits'],
  ])('says what is wrong with %s and repeats no password', (flag, value, words) => {
    const load = () => loadConfig({ argv: [flag, value], env: {} })
    expect(load).toThrow(words)
    expect(load).not.toThrow('hunter2')
  })

  it.each([['port: ['], ['- a'], ['just text']])('refuses a file that is not a map of settings: %s', text => {
    expect(() => loadConfig({ argv: ['--config', fileWith(text)], env: {} })).toThrow(ConfigError)
  })

  it('takes an empty file as one that sets nothing', () => {
    expect(loadConfig({ argv: ['--config', fileWith('')], env: {} }).port).toBe(5000)
  })

  it('takes flags of another registry by their own names, and complains by these', () => {
    const load = (...argv: string[]) => loadConfig({ argv, env: {}, flagPrefix: 'to-' })
    const config = fileWith('database: postgres://db/berth')
    expect(load('--to-config', config, '--to-blobs', 's3://bucket')).toMatchObject({
      database: 'postgres://db/berth',
      blobs: 's3://bucket',
    })
    expect(() => load('--to-database', 'mysql://db')).toThrow('--to-database: must be sqlite')
    expect(() => load('--database', 'sqlite')).toThrow('--database is not a flag')
  })

  it('names the flag or option that a slip may have been meant to be', () => {
    const load = (...argv: string[]) => loadConfig({ argv, env: {}, options: ['alias'], help: 'berthd help admin it' })
    expect(() => load('--prot', '7')).toThrow('--prot is not a flag of berthd (see berthd help admin it); did you mean')
    expect(() => load('--prot', '7')).toThrow('did you mean --port?')
    expect(() => load('--alais', 'x')).toThrow('did you mean --alias?')
    expect(() => load('--frobnicate', 'x')).not.toThrow('did you mean')
  })

  it('says which file cannot be read', () => {
    expect(() => loadConfig({ argv: ['--config', join(folder, 'absent.yaml')], env: {} })).toThrow('absent.yaml')
  })

  it('wants a value for a flag', () => {
    expect(() => loadConfig({ argv: ['--port'], env: {} })).toThrow('--port needs a value')
  })
})
