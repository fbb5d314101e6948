import { operations, parseInput } from '@berth/model'
import { matchesGlob, parseGlob, parseLifecyclePolicy } from '../../packages/lifecycle/src/index.ts'
import { parseAddressRanges } from '../../packages/server/src/config/address-ranges.ts'
import { parseRepositoryArn } from '../../packages/server/src/domain/iam/arn.ts'
import { parsePolicy } from '../../packages/server/src/domain/iam/parse-policy.ts'
import { readImageHeader } from '../../packages/server/src/domain/image-header.ts'
import { parseManifest, readStoredManifest } from '../../packages/server/src/domain/manifest/manifest.ts'
import { isMediaType, isNonDistributable } from '../../packages/server/src/domain/manifest/media-types.ts'
import {
  parseAccountId,
  parseRegistryAlias,
  parseRepositoryName,
  parseTag,
} from '../../packages/server/src/domain/names.ts'
import { parseEntityTags } from '../../packages/server/src/domain/precondition.ts'
import { narrowScopes, parseScopes } from '../../packages/server/src/domain/tokens/scope.ts'
import { issueToken, verifyToken } from '../../packages/server/src/domain/tokens/token.ts'
import { readToken } from '../../packages/server/src/http/access/bearer/authorization-header.ts'
import { parseAuthorization } from '../../packages/server/src/http/access/sigv4/authorization.ts'
import { parseRequestTime } from '../../packages/server/src/http/access/sigv4/time.ts'
import { parseContentRange } from '../../packages/server/src/http/oci/content-range.ts'
import { parsePath } from '../../packages/server/src/http/oci/parse-path.ts'
import { parseRange } from '../../packages/server/src/http/oci/range.ts'
import { parseDigest } from '../../packages/server/src/http/oci/references.ts'
import { fuzzReaders, type Reader } from './readers.ts'

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`
const OCI = 'application/vnd.oci.image.manifest.v1+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'
const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json'
const SCHEMA_1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws'

const descriptor = (mediaType: string) => ({ mediaType, digest: DIGEST, size: 2 })
const manifests = [
  {
    schemaVersion: 2,
    mediaType: OCI,
    config: descriptor('application/vnd.oci.image.config.v1+json'),
    layers: [descriptor('application/vnd.oci.image.layer.v1.tar+gzip')],
    subject: descriptor(OCI),
    annotations: { a: 'b' },
  },
  {
    schemaVersion: 2,
    mediaType: INDEX,
    artifactType: 'a/b',
    manifests: [{ ...descriptor(OCI), platform: { os: 'linux', architecture: 'amd64' } }],
  },
  {
    schemaVersion: 2,
    mediaType: DOCKER,
    config: descriptor('application/vnd.docker.container.image.v1+json'),
    layers: [{ ...descriptor('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'), urls: ['https://a/b'] }],
  },
  {
    schemaVersion: 1,
    name: 'a/b',
    tag: 'c',
    architecture: 'amd64',
    fsLayers: [{ blobSum: DIGEST }],
    history: [{ v1Compatibility: '{"id":"a"}' }],
    signatures: [
      {
        header: { alg: 'ES256' },
        signature: 'abc',
        protected: Buffer.from('{"formatLength":10,"formatTail":"fQ"}').toString('base64url'),
      },
    ],
  },
].map(manifest => JSON.stringify(manifest))

const policies = [
  {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'a',
        Effect: 'Allow',
        Principal: { AWS: ['123456789012', 'arn:aws:iam::123456789012:user/a'] },
        Action: ['ecr-public:*'],
        Resource: '*',
        Condition: {
          // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a variable of policies
          StringLike: { 'aws:UserAgent': '*${aws:username}*' },
          IpAddress: { 'aws:SourceIp': '10.0.0.0/8' },
        },
      },
    ],
  },
  {
    Version: '2008-10-17',
    Statement: {
      Effect: 'Deny',
      NotAction: 'ecr-public:Get*',
      NotResource: 'arn:aws:ecr-public::123456789012:repository/a',
      Condition: {
        'ForAllValues:StringNotEqualsIfExists': { 'aws:TagKeys': ['a'] },
        Null: { 'aws:a': 'true' },
        DateLessThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' },
        NumericGreaterThan: { 'a:b': '1' },
      },
    },
  },
].map(policy => JSON.stringify(policy))

const lifecycles = [
  {
    rules: [
      {
        rulePriority: 1,
        description: 'a',
        selection: {
          tagStatus: 'tagged',
          tagPatternList: ['v*', '*a*b'],
          countType: 'sinceImagePushed',
          countUnit: 'days',
          countNumber: 14,
        },
        action: { type: 'expire' },
      },
    ],
  },
  {
    rules: [
      {
        rulePriority: 1,
        selection: { tagStatus: 'untagged', countType: 'imageCountMoreThan', countNumber: 1 },
        action: { type: 'expire' },
      },
      {
        rulePriority: 2,
        selection: {
          tagStatus: 'any',
          storageClass: 'archive',
          countType: 'sinceImageTransitioned',
          countUnit: 'days',
          countNumber: 9,
        },
        action: { type: 'transition', targetStorageClass: 'archive' },
      },
    ],
  },
].map(policy => JSON.stringify(policy))

const inputs = [
  { repositoryName: 'a/b', imageIds: [{ imageTag: 'a' }, { imageDigest: DIGEST }] },
  {
    repositoryName: 'a',
    catalogData: { description: 'a', architectures: ['x86'], logoImageBlob: 'aGk=', aboutText: '# a' },
    tags: [{ Key: 'a', Value: 'b' }],
  },
  {
    repositoryName: 'a',
    uploadId: '00000000-0000-4000-8000-000000000000',
    partFirstByte: 0,
    partLastByte: 1,
    layerPartBlob: 'aGk=',
  },
  { maxResults: 10, nextToken: 'abc', repositoryNames: ['a'] },
].map(input => JSON.stringify(input))

const key = { id: 'k', secret: Buffer.alloc(32) }
const token = issueToken({ version: 1, subject: { kind: 'anonymous' }, issuedAtMs: 0, expiresAtMs: 1000 }, key)
const url = `/v2/alias/name/manifests/${DIGEST}`
const ranges = ['bytes=0-1', 'bytes=-5', 'bytes=1-,3-4, 6-7', 'bytes=0-0,-1']
const allOperations = Object.values(operations)

const bytesOf = (text: string) => Buffer.from(text, 'latin1')

/** Only the settings at the start are read by this one, which refuses them by plain errors. */
function readAddresses(text: string): unknown {
  try {
    return parseAddressRanges(text)
  } catch (error) {
    if (error instanceof Error && error.constructor === Error) return undefined
    throw error
  }
}

const readers: readonly Reader[] = [
  { name: 'digest', read: parseDigest, examples: [DIGEST, `sha512:${'a'.repeat(128)}`, 'sha256+b64u:abc'] },
  { name: 'repository name', read: parseRepositoryName, examples: ['a/b-c__d.e', 'a', 'team/web'] },
  { name: 'tag', read: parseTag, examples: ['latest', 'v1.2_3-4'] },
  { name: 'alias', read: parseRegistryAlias, examples: ['abc', 'a-b_c'] },
  { name: 'account', read: parseAccountId, examples: ['123456789012'] },
  ...[OCI, INDEX, DOCKER, SCHEMA_1, undefined, 'application/json; charset=utf-8', 'text/html'].map(type => ({
    name: `manifest as ${type}`,
    read: (text: string) => parseManifest(Buffer.from(text), type),
    examples: manifests,
  })),
  {
    name: 'manifest of any type',
    read: text => parseManifest(Buffer.from(manifests[0] ?? ''), text),
    examples: [OCI, `${INDEX};a=b`, 'A/B'],
  },
  { name: 'stored manifest', read: text => readStoredManifest(Buffer.from(text), OCI), examples: manifests },
  { name: 'policy of a user', read: text => parsePolicy(text, 'identity'), examples: policies },
  { name: 'policy of a repository', read: text => parsePolicy(text, 'repository'), examples: policies },
  { name: 'lifecycle policy', read: parseLifecyclePolicy, examples: lifecycles },
  { name: 'glob', read: text => matchesGlob(parseGlob(text), text), examples: ['v*', '*a?b*', '?', '**a**b'] },
  { name: 'ARN', read: parseRepositoryArn, examples: ['arn:aws:ecr-public::123456789012:repository/a/b'] },
  { name: 'token', read: text => verifyToken(text, () => key, 500), examples: [token, 'a.b.c'] },
  {
    name: 'scope',
    read: text => narrowScopes(parseScopes(text.split('&')), parseScopes([text])),
    examples: ['repository:a/b:pull,push', 'repository:a/b:* aws', 'registry:catalog:*'],
  },
  {
    name: 'authorization of a call',
    read: parseAuthorization,
    examples: [
      'AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/ecr-public/aws4_request, SignedHeaders=host;x-amz-date, Signature=abc',
    ],
  },
  { name: 'time of a call', read: parseRequestTime, examples: ['20260101T000000Z', 'Thu, 01 Jan 2026 00:00:00 GMT'] },
  { name: 'authorization of a request', read: readToken, examples: ['Basic QVdTOmE=', `Bearer ${token}`, 'basic  a'] },
  {
    name: 'path',
    read: parsePath,
    examples: [
      url,
      '/v2/',
      '/v2/_catalog?n=1',
      '/v2/a/b/blobs/uploads/00000000-0000-4000-8000-000000000000',
      '/v2/a/b/tags/list',
      `/v2/a/b/referrers/${DIGEST}?artifactType=a/b`,
    ],
  },
  { name: 'range', read: text => parseRange(text, 10), examples: ranges },
  { name: 'content range', read: parseContentRange, examples: ['0-9', 'bytes 0-9/10'] },
  { name: 'entity tags', read: parseEntityTags, examples: ['"a"', 'W/"a", "b"', '*'] },
  { name: 'media type', read: text => isMediaType(text) && isNonDistributable(text), examples: [OCI, 'a/b;c="d"'] },
  {
    name: 'addresses',
    read: readAddresses,
    examples: ['10.0.0.0/8,fd00::/8', '127.0.0.1'],
  },
  {
    name: 'picture',
    read: text => readImageHeader(bytesOf(text)),
    examples: [
      '\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01',
      '\xff\xd8\xff\xe0\0\x10JFIF\0\xff\xc0\0\x11\x08\0\x01\0\x01',
      'GIF89a\x01\0\x01\0',
    ],
  },
  ...allOperations.map(operation => ({
    name: `input of ${operation.name}`,
    read: (text: string) => {
      let json: unknown
      try {
        json = JSON.parse(text)
      } catch {
        return
      }
      parseInput(operation as typeof operations.DescribeImages, json as never)
    },
    examples: inputs,
  })),
]

/** Everything that the server reads from its clients, without a server. */
export const serverReaders = fuzzReaders(
  'server-readers',
  0.6,
  readers,
  new Set(['RegistryError', 'ControlError', 'OciError', 'SerializationError', 'JsonFault', 'FaultError']),
)
