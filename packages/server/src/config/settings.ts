import { z } from 'zod'
import { parseS3Url } from '../adapters/blob-s3/parse-s3-url.ts'
import { parsePostgresUrl } from '../adapters/metadata-postgres/parse-postgres-url.ts'
import { BLOB_LEASE_MS, ECR_PUBLIC_QUOTAS } from '../registry/context.ts'
import { parseAddressRanges } from './address-ranges.ts'

/** One thing that can be set: in the file under its path, as `BERTH_PATH` and as `--path`. */
export interface Setting<T = unknown> {
  readonly schema: z.ZodType<T>
  readonly fallback: T
  /** What the setting is, in one line for `berthd help`. */
  readonly about: string
  /** Whether the value may hold a password or a key. No message repeats such a value. */
  readonly isSecret?: true
}

const setting = <T>(schema: z.ZodType<T>, fallback: T, about: string): Setting<T> => ({ schema, fallback, about })
const secret = <T>(schema: z.ZodType<T>, fallback: T, about: string): Setting<T> => ({
  ...setting(schema, fallback, about),
  isSecret: true,
})

const text = z.string('must be text').trim().min(1, 'must not be empty')
/** Text from a flag or variable counts as the number it spells. */
const spelled = (value: unknown) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value)
const wholeNumber = (min: number, max: number) =>
  z.preprocess(spelled, z.int(`must be a whole number from ${min} to ${max}`).min(min).max(max)) as z.ZodType<number>
const number = (min: number, max: number) =>
  z.preprocess(spelled, z.number(`must be a number from ${min} to ${max}`).min(min).max(max)) as z.ZodType<number>
const yesOrNo = z.preprocess(
  value => (value === 'true' ? true : value === 'false' ? false : value),
  z.boolean('must be true or false'),
) as z.ZodType<boolean>
const hostName = text.regex(/^[A-Za-z0-9.[\]:_-]+$/, 'must be a host name or address, without a scheme or a path')
const optional = <T>(schema: z.ZodType<T>) => schema.optional() as z.ZodType<T | undefined>
const oneOf = <const T extends readonly string[]>(...values: T) =>
  z.enum(values, `must be one of ${values.join(', ')}`) as z.ZodType<T[number]>
const count = (fallback: number, about: string) => setting(wholeNumber(0, Number.MAX_SAFE_INTEGER), fallback, about)

const database = text.superRefine((value, { addIssue }) => {
  if (value === 'sqlite') return
  try {
    parsePostgresUrl(value)
  } catch (error) {
    addIssue({ code: 'custom', message: `must be sqlite or the URL of a PostgreSQL database: ${messageOf(error)}` })
  }
})

const blobs = text.superRefine((value, { addIssue }) => {
  if (value === 'files') return
  try {
    parseS3Url(value)
  } catch (error) {
    addIssue({ code: 'custom', message: `must be files or an S3 URL: ${messageOf(error)}` })
  }
})

/** Everything is served at the root of a host: clients know no path before /v2/. */
const publicUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .refine(
    value => /^https?:\/\/[^/?#@\\]+\/?$/i.test(value),
    'must be http:// or https:// with a host, and no path: clients know none before /v2/',
  )

const addressRanges = text.superRefine((value, { addIssue }) => {
  try {
    parseAddressRanges(value)
  } catch (error) {
    addIssue({ code: 'custom', message: `must be addresses and CIDRs, with commas between them: ${messageOf(error)}` })
  }
})
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

const quotas = ECR_PUBLIC_QUOTAS

/** Every setting, by its path in the configuration file. */
export const settings = {
  host: setting(hostName, '127.0.0.1', 'address to listen on'),
  port: setting(wholeNumber(0, 65_535), 5000, 'port to listen on; 0 takes a free one'),
  dataDir: setting(
    text,
    './data',
    'folder of this server alone, for the database, the blobs and the keys where they are files',
  ),
  database: secret(
    database,
    'sqlite',
    'sqlite, which is DATA_DIR/berth.db, or postgres://user:password@host:port,host:port/name',
  ),
  databaseConnections: setting(
    wholeNumber(1, 1_000),
    10,
    'most connections to PostgreSQL for reading, and again for writing',
  ),
  blobs: secret(
    blobs,
    'files',
    'files, which is DATA_DIR/blobs, or s3://bucket/prefix?endpoint=https://host&region=name&pathStyle=true&partMiB=8',
  ),
  redirectPulls: setting(
    yesOrNo,
    false,
    'send clients that pull a layer to S3 itself, with a URL that is good for a while',
  ),
  redirectExcept: setting(
    optional(addressRanges),
    undefined,
    'comma-separated addresses and CIDRs of clients that are not sent there',
  ),
  registryHost: setting(
    optional(hostName),
    undefined,
    'host that image URIs are written with (HOST/ALIAS/NAME); that of the public URL or of the request, if not given',
  ),
  publicUrl: setting(
    optional(publicUrl),
    undefined,
    'where clients reach the server, for the login challenge, logo links and signatures; the Host header, if not given',
  ),
  gallery: setting(yesOrNo, true, 'whether browsers get pages with the repositories, at / and /ALIAS/NAME'),
  galleryIndexing: setting(yesOrNo, false, 'whether search engines may list these pages; they say noindex, if not'),
  metricsPort: setting(
    optional(wholeNumber(0, 65_535)),
    undefined,
    'port where Prometheus gets /metrics; none, if not given, and 0 takes a free one',
  ),
  metricsHost: setting(hostName, '127.0.0.1', 'address that this port listens on'),
  tlsCert: setting(
    optional(text),
    undefined,
    'file of the certificate and its chain, in PEM, to speak HTTPS with; read again at SIGHUP',
  ),
  tlsKey: setting(optional(text), undefined, 'file of the key of that certificate, in PEM'),
  trustedProxies: setting(
    optional(addressRanges),
    undefined,
    'comma-separated addresses and CIDRs of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed',
  ),
  regions: setting(text, 'us-east-1', 'comma-separated signing regions that are served; * serves any'),
  secretKeyFile: setting(
    optional(text),
    undefined,
    'file of the key that encrypts secrets at rest; DATA_DIR/secret.key, if not given and the database is SQLite',
  ),
  secretKey: secret(
    optional(text.regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits, as `openssl rand -hex 32` makes them')),
    undefined,
    'that key itself, for the environment of replicas, in the place of a file',
  ),
  createOnPush: setting(yesOrNo, false, 'whether a push may make repositories in registries that are made from now on'),
  tokenHours: setting(wholeNumber(1, 12), 12, 'hours that a registry password is good for'),
  anonymousTokenHours: setting(wholeNumber(1, 12), 1, 'hours that a token without a login is good for'),
  rateLimits: setting(
    oneOf('standard', 'ecr-public', 'none'),
    'standard',
    'request rates of an account or address: those of a hundred CI runners, those that ECR Public publishes, or none',
  ),
  binDays: setting(
    wholeNumber(0, 3_650),
    7,
    'days that deleted images can be restored, where a repository or registry sets no other number; 0 for none',
  ),
  lifecycleMinutes: setting(wholeNumber(1, 1_440), 60, 'minutes between two runs of a repository’s lifecycle policy'),
  noticeSeconds: setting(
    wholeNumber(0, 3_600),
    0,
    'seconds that new connections are taken after a signal to stop, from which on /readyz is 503',
  ),
  drainSeconds: setting(wholeNumber(0, 3_600), 30, 'seconds that requests have to finish when the server is stopped'),
  idleSeconds: setting(wholeNumber(1, 3_600), 120, 'seconds without any traffic after which a connection is closed'),
  maxConnections: setting(
    optional(wholeNumber(1, 1_000_000)),
    undefined,
    'most connections at a time; 10,000 or what the limit of open files has room for, if not given',
  ),
  collectSeconds: setting(number(0.1, 86_400), 600, 'seconds between two passes of the collector'),
  blobLeaseMinutes: setting(
    number(0, 1_000_000),
    BLOB_LEASE_MS / 60_000,
    'minutes that a blob without a manifest is kept after a client last pushed it or asked for it',
  ),
  'log.level': setting(
    oneOf('debug', 'info', 'warn', 'error', 'silent'),
    'warn',
    'least severity that is logged, as JSON lines on stderr; with info, each request too',
  ),
  'quotas.repositoriesPerRegistry': count(quotas.repositoriesPerRegistry, 'repositories in one registry'),
  'quotas.imagesPerRepository': count(quotas.imagesPerRepository, 'images in one repository'),
  'quotas.tagsPerImage': count(quotas.tagsPerImage, 'tags on one image'),
  'quotas.layerParts': count(quotas.layerParts, 'parts of one layer, by UploadLayerPart'),
  'quotas.layerPartMinBytes': count(quotas.layerPartMinBytes, 'least size of a part that is not the last'),
  'quotas.layerPartMaxBytes': count(quotas.layerPartMaxBytes, 'largest size of a part'),
  'quotas.layerMaxBytes': count(quotas.layerMaxBytes, 'largest size of a layer'),
  'quotas.resourceTagsPerRepository': count(quotas.resourceTagsPerRepository, 'resource tags on one repository'),
  'quotas.openUploadsPerAccount': count(quotas.openUploadsPerAccount, 'uploads that one account has begun'),
  'quotas.storedBytesPerAccount': count(quotas.storedBytesPerAccount, 'bytes that one account stores, bins included'),
  'quotas.auditBytesPerAccount': count(quotas.auditBytesPerAccount, 'bytes of the audit log about one account'),
} as const satisfies Record<string, Setting<never> | Setting>

export type SettingPath = keyof typeof settings
type Value<S> = S extends Setting<infer T> ? T : never
export type SettingValues = { readonly [Path in SettingPath]: Value<(typeof settings)[Path]> }

const kebab = (path: string) => path.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`).replaceAll('.', '-')

/** `quotas.tagsPerImage` → `quotas-tags-per-image`. */
export const flagOf = (path: string): string => kebab(path)
/** `quotas.tagsPerImage` → `BERTH_QUOTAS_TAGS_PER_IMAGE`. */
export const variableOf = (path: string): string => `BERTH_${kebab(path).replaceAll('-', '_').toUpperCase()}`
export const settingPaths = Object.keys(settings) as SettingPath[]
