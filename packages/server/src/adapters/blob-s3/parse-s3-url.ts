/** Where blobs are kept, as an `s3://` URL says it. */
export interface S3Location {
  readonly bucket: string
  /** The beginning of every object's name. It ends with a slash unless it is empty. */
  readonly prefix: string
  /** The store's URL; undefined for Amazon S3, or what the AWS settings of the environment say. */
  readonly endpoint: string | undefined
  /** The store's region; undefined for what the AWS settings of the environment say. */
  readonly region: string | undefined
  /** Whether the bucket stands in the path of requests and not in the host name. */
  readonly pathStyle: boolean
  /** The size of the parts of an upload, in MiB. */
  readonly partMiB: number
}

const FORM = 's3://bucket/prefix?endpoint=https://host&region=name&pathStyle=true&partMiB=8'
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const PREFIX = /^(?:[\w.!*'()+=,@:-]+\/)*$/
const MOST_PARTS = 10_000
/**
 * The sizes of a part in MiB. 10,000 parts of 8 MiB are 78 GiB, of which a layer of 10,000 MiB is an eighth. Stores
 * that take 1,000 parts only need 16. Five is the least that S3 takes.
 */
const PART_MIB = { min: 5, usual: 8, max: 1024 }
const PARAMETERS = ['endpoint', 'region', 'pathStyle', 'partMiB']

/**
 * Reads `s3://bucket/prefix?endpoint=…&region=…&pathStyle=…&partMiB=…`. A store with an endpoint of its own is
 * addressed by path and in region us-east-1, unless the URL says otherwise. Credentials do not belong in the URL.
 * @throws Error that names everything wrong with the URL
 */
export function parseS3Url(text: string): S3Location {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 's3:') throw new Error(`not of the form ${FORM}`)
  const wrong: string[] = []
  const prefix = decode(url.pathname)
    .replace(/^\//, '')
    .replace(/(?<=[^/])$/, '/')
  const { searchParams } = url

  if (url.username !== '' || url.password !== '')
    wrong.push('credentials belong in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or an AWS profile, not in the URL')
  if (url.port !== '') wrong.push('the port belongs into the endpoint parameter')
  if (url.hash !== '') wrong.push('there is nothing after a #')
  if (!BUCKET.test(url.hostname)) wrong.push(`"${url.hostname}" is not the name of a bucket`)
  if (!PREFIX.test(prefix))
    wrong.push(`"${prefix}" is not a prefix of letters, digits and -_.!*'()+=,@: between slashes`)
  for (const name of new Set(searchParams.keys())) {
    if (!PARAMETERS.includes(name)) wrong.push(`there is no parameter "${name}", only ${PARAMETERS.join(', ')}`)
    else if (searchParams.getAll(name).length > 1) wrong.push(`${name} is given more than once`)
  }

  const endpoint = searchParams.get('endpoint') ?? undefined
  if (endpoint !== undefined && !isOrigin(endpoint))
    wrong.push('the endpoint is not http:// or https:// with a host, and nothing more')
  const region = searchParams.get('region') ?? (endpoint === undefined ? undefined : 'us-east-1')
  if (region !== undefined && !/^[\w-]+$/.test(region)) wrong.push(`"${region}" is not the name of a region`)
  const pathStyle = searchParams.get('pathStyle') ?? `${endpoint !== undefined}`
  if (pathStyle !== 'true' && pathStyle !== 'false') wrong.push('pathStyle is true or false')
  const partMiB = Number(searchParams.get('partMiB') ?? PART_MIB.usual)
  if (!Number.isInteger(partMiB) || partMiB < PART_MIB.min || partMiB > PART_MIB.max)
    wrong.push(`partMiB is a whole number from ${PART_MIB.min} to ${PART_MIB.max}`)

  if (wrong.length > 0) throw new Error(wrong.join('; '))
  return { bucket: url.hostname, prefix, endpoint, region, pathStyle: pathStyle === 'true', partMiB }
}

/** Bytes of the largest object that fits into the parts of an upload. */
export const mostBytes = ({ partMiB }: S3Location): number => MOST_PARTS * partMiB * 1024 * 1024

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, pathname, search, hash } = new URL(text)
  return /^https?:$/.test(protocol) && pathname === '/' && username + password + search + hash === ''
}
