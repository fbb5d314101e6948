import { parseArgs } from 'node:util'
import { parseDocument } from 'yaml'
import { mostBytes, parseS3Url } from '../adapters/blob-s3/parse-s3-url.ts'
import { nearestOf } from '../domain/nearest-of.ts'
import { withoutPasswords } from '../domain/without-passwords.ts'
import { readText, wordsOfSystem } from '../runtime/system-errors.ts'
import {
  flagOf,
  type Setting,
  type SettingPath,
  type SettingValues,
  settingPaths,
  settings,
  variableOf,
} from './settings.ts'

export interface ConfigSources {
  /** Arguments after the command's name. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** The beginning of the names of flags, where they are the settings of another registry: `to-`. */
  readonly flagPrefix?: string | undefined
  /** Names of options that the command takes beside settings: an unknown flag may be a slip in one of them. */
  readonly options?: readonly string[]
  /** The command that prints help, for faults to name. */
  readonly help?: string
}

/** A problem with settings. The message lists every setting that is wrong. */
export class ConfigError extends Error {
  constructor(faults: readonly string[]) {
    super(['These settings cannot be used:', ...faults.map(fault => `  - ${fault}`)].join('\n'))
    this.name = 'ConfigError'
  }
}

/** A value with the place it came from, in the words of a fault. */
interface Given {
  readonly value: unknown
  readonly from: string
}

/**
 * Reads the settings: a flag wins over the environment, the environment over the file (`--config` or
 * BERTH_CONFIG, YAML or JSON), the file over the default.
 * @throws ConfigError that lists every bad setting, unknown names included
 */
export function loadConfig({ argv, env, flagPrefix = '', ...told }: ConfigSources): SettingValues {
  const faults: string[] = []
  const flags = readFlags({ argv, prefix: flagPrefix, ...told }, faults)
  const file = flags.get('config')?.value ?? env['BERTH_CONFIG']
  const fromFile = typeof file === 'string' ? readFile(file, faults) : new Map<string, Given>()
  for (const name of Object.keys(env))
    if (name.startsWith('BERTH_') && name !== 'BERTH_CONFIG' && !KNOWN_VARIABLES.has(name))
      faults.push(`${name} is not a setting of berthd (variables that begin with BERTH_ are)`)

  const values: Partial<Record<SettingPath, unknown>> = {}
  for (const path of settingPaths) {
    const variable = variableOf(path)
    const fromEnv = env[variable] === undefined ? undefined : { value: env[variable], from: variable }
    const given = flags.get(path) ?? fromEnv ?? fromFile.get(path)
    const { schema, fallback, isSecret }: Setting = settings[path]
    if (given === undefined) {
      values[path] = fallback
      continue
    }
    const result = schema.safeParse(given.value)
    if (result.success) values[path] = result.data
    else
      faults.push(
        `${given.from}: ${result.error.issues[0]?.message}${isSecret ? '' : `, but it is ${withoutPasswords(JSON.stringify(given.value))}`}`,
      )
  }
  if (values.redirectPulls === true && values.blobs === 'files')
    faults.push('--redirect-pulls (redirectPulls): there is nowhere to send clients to, unless blobs is an S3 URL')
  if ((values.tlsCert === undefined) !== (values.tlsKey === undefined))
    faults.push('--tls-cert and --tls-key (tlsCert, tlsKey): both are needed, or none')
  if (faults.length === 0) faults.push(...tooSmallParts(values as SettingValues))
  if (faults.length > 0) throw new ConfigError(faults)
  return Object.freeze(values) as SettingValues
}

/** A layer that is larger than its parts can be would fail with its last bytes. */
function tooSmallParts({ blobs, 'quotas.layerMaxBytes': layerMaxBytes }: SettingValues): string[] {
  if (blobs === 'files' || mostBytes(parseS3Url(blobs)) >= layerMaxBytes) return []
  return [
    `--quotas-layer-max-bytes (quotas.layerMaxBytes): S3 takes 10,000 parts of a layer, so ${layerMaxBytes} bytes need a larger partMiB in blobs`,
  ]
}

const KNOWN_VARIABLES = new Set(settingPaths.map(variableOf))

interface FlagSources extends Pick<ConfigSources, 'argv' | 'options' | 'help'> {
  readonly prefix: string
}

function readFlags(
  { argv, prefix, options: others = [], help = 'berthd help' }: FlagSources,
  faults: string[],
): Map<string, Given> {
  const paths = new Map<string, string>(settingPaths.map(path => [prefix + flagOf(path), path]))
  paths.set(`${prefix}config`, 'config')
  const options = Object.fromEntries(Array.from(paths.keys(), flag => [flag, { type: 'string' as const }]))
  const given = new Map<string, Given>()
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true })
  for (const token of tokens) {
    if (token.kind === 'positional')
      faults.push(`${withoutPasswords(JSON.stringify(token.value))} is not expected here`)
    if (token.kind !== 'option') continue
    const path = paths.get(token.name)
    if (!token.rawName.startsWith('--')) {
      // Each letter after a single dash comes as a flag of its own: all of them together are the text behind it.
      faults.push(`Flags of berthd begin with two dashes (see ${help})`)
      break
    }
    if (path === undefined) {
      const nearest = nearestOf(token.name, [...others, ...paths.keys()])
      const hint = nearest === undefined ? '' : `; did you mean --${nearest}?`
      faults.push(`${token.rawName} is not a flag of berthd (see ${help})${hint}`)
    } else if (token.value === undefined) faults.push(`${token.rawName} needs a value`)
    else given.set(path, { value: token.value, from: token.rawName })
  }
  return given
}

function readFile(file: string, faults: string[]): Map<string, Given> {
  const given = new Map<string, Given>()
  let content: unknown
  try {
    const document = parseDocument(readText(file))
    for (const error of document.errors) faults.push(`${file}: ${error.message.split('\n', 1)[0]?.replace(/:$/, '')}`)
    content = document.errors.length === 0 ? document.toJS() : undefined
  } catch (error) {
    faults.push(wordsOfSystem(error) ?? `${file} cannot be read: ${error instanceof Error ? error.message : error}`)
  }
  for (const [path, value] of flatten(content))
    if (Object.hasOwn(settings, path)) given.set(path, { value, from: `${file}, ${path}` })
    else if (path === '') faults.push(`${file}: it must be settings with their values, a line each, such as port: 5000`)
    else faults.push(`${file}: ${path} is not a setting of berthd (see berthd help)`)
  return given
}

/** `{ log: { level: 'info' } }` → `['log.level', 'info']`. */
function flatten(content: unknown, prefix = ''): [path: string, value: unknown][] {
  if (content === undefined || (content === null && prefix === '')) return []
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return [[prefix, content]]
  return Object.entries(content).flatMap(([key, value]) => flatten(value, prefix === '' ? key : `${prefix}.${key}`))
}
