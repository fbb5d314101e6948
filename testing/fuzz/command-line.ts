import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { operations } from '@berth/model'
import { readMoment } from '../../packages/cli/src/commands/berth/read-moment.ts'
import { parseIni } from '../../packages/cli/src/config/parse-ini.ts'
import { splitCommand } from '../../packages/cli/src/config/split-words.ts'
import { readExpiration } from '../../packages/cli/src/credentials/refreshing.ts'
import { createResponseReader } from '../../packages/cli/src/http/http1.ts'
import { readOutput } from '../../packages/cli/src/http/read-output.ts'
import { serviceError } from '../../packages/cli/src/http/service-error.ts'
import { formatTable } from '../../packages/cli/src/output/table.ts'
import { formatText } from '../../packages/cli/src/output/text.ts'
import { formatYaml } from '../../packages/cli/src/output/yaml.ts'
import { parseShorthand } from '../../packages/cli/src/parameters/shorthand.ts'
import { decodeBase64 } from '../../packages/cli/src/python/base64.ts'
import { expandPath } from '../../packages/cli/src/python/expand-path.ts'
import { formatJson } from '../../packages/cli/src/python/format-json.ts'
import { parseInteger } from '../../packages/cli/src/python/int.ts'
import { parseJson } from '../../packages/cli/src/python/parse-json.ts'
import { parseYaml } from '../../packages/cli/src/python/parse-yaml.ts'
import { readPosixZone } from '../../packages/cli/src/python/posix-zone.ts'
import { repr } from '../../packages/cli/src/python/text.ts'
import { isoTimestamp } from '../../packages/cli/src/python/timestamp.ts'
import type { Value } from '../../packages/cli/src/python/value.ts'
import { readZoneFile } from '../../packages/cli/src/python/zone-file.ts'
import { compileQuery } from '../../packages/cli/src/query/query.ts'
import { runMain } from '../../packages/cli/src/testing/run-main.ts'
import { Finding, type Fuzzer } from './fuzzer.ts'
import { mutate } from './random.ts'
import { fuzzReaders, type Reader } from './readers.ts'

/** The caller takes any error for a file of another kind; it must only come to an end. */
function readZone(text: string): number | undefined {
  try {
    return readZoneFile(Buffer.from(text, 'latin1'))(1.7e9)
  } catch {
    return undefined
  }
}

/** Writes a value in every format. */
function write(value: Value): void {
  formatJson(value, { indent: 4 })
  formatYaml(value)
  for (const _ of formatText(value));
  formatTable('t', value, { width: 80, color: 'none' })
  repr(value)
}

const answer =
  '{"imageDetails":[{"imageDigest":"sha256:1","imageTags":["a","b"],"imageSizeInBytes":5,"imagePushedAt":1764500000.5}],"nextToken":"x"}'
const response = 'HTTP/1.1 200 OK\r\ncontent-type: a/b\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'
const parsed = parseJson(answer)
const queries = [
  'imageDetails[?imageTags && imageSizeInBytes > `1`].{a: imageDigest, b: imageTags[0]}',
  'sort_by(imageDetails, &imageSizeInBytes)[-1:].imageTags[] | [0]',
  "length(imageDetails[*].imageTags[] | @) == `2` || !not_null(x, 'a')",
  'imageDetails[].[imageDigest, to_string(@), ceil(imageSizeInBytes), join(`,`, imageTags)]',
  '*[0].*.x || merge(@, `{"a": 1.5}`) && map(&a, `[]`)',
]
const zone = `TZif2${'\0'.repeat(15)}${'\0\0\0\0'.repeat(4)}\0\0\0\x01\0\0\0\x01${'\0'.repeat(7)}`
const yaml = [
  'repositoryName: a\nimageIds:\n- imageTag: b\n  imageDigest: "c"\n',
  'a: &x [1, 2.5, true, ~]\nb: *x\nc: {<<: {d: 1}}\n',
  'a: |\n  b\n c: >-\n  d\n',
  '- !!binary aGk=\n- 2026-01-01\n- 0x1f\n',
]

const readers: readonly Reader[] = [
  {
    name: 'shorthand',
    read: text => parseShorthand(text),
    examples: ['imageTag=a,imageDigest=b', "a='x\\'y',b=[c,{d=e}],f={g=h,i=j}", 'a=b,c,d=e', 'a@=b\\,c'],
  },
  { name: 'query', read: text => write(compileQuery(text)(parsed)), examples: queries },
  {
    name: 'JSON',
    read: text => write(parseJson(text)),
    examples: [answer, '[1, -2.5e3, "\\u00e9", null]', '{"a": {"b": [[]]}}'],
  },
  { name: 'YAML', read: text => write(parseYaml(text) ?? null), examples: yaml },
  {
    name: 'profiles',
    read: parseIni,
    examples: ['[default]\nregion = us-east-1\noutput: json\ns3 =\n  a = b\n# c\n[profile "x y"]\n'],
  },
  { name: 'command', read: splitCommand, examples: ['aws-vault exec "a b" --json \'c\' d\\ e'] },
  { name: 'base64', read: decodeBase64, examples: ['aGVsbG8=', 'aGk', 'a=b==c'] },
  { name: 'integer', read: parseInteger, examples: ['123', '-1_000', ' ٣ '] },
  {
    name: 'timestamp',
    read: isoTimestamp,
    examples: ['1764500000.25', '2026-01-01T00:00:00Z', 'Thu, 01 Jan 2026 00:00:00 GMT', '20260101T000000Z'],
  },
  { name: 'expiration', read: readExpiration, examples: ['2026-01-01T00:00:00Z', '2099-01-01 00:00:00 UTC'] },
  {
    name: 'moment',
    read: text => readMoment('since', text),
    examples: ['2026-01-01', '2026-01-01 12:00', '1764500000'],
  },
  {
    name: 'time zone',
    read: text => readPosixZone(text)?.(1.7e9),
    examples: ['EST5EDT,M3.2.0,M11.1.0', '<+03>-3', 'A0B,J1/-1,365/24'],
  },
  { name: 'file of a time zone', read: readZone, examples: [`${zone + zone}\nUTC0\n`] },
  {
    name: 'path of a file',
    read: text => expandPath(text, { env: { A: 'b' }, home: '/h' }),
    examples: [`~/a/$\{A}/$A`, '~x'],
  },
  { name: 'answer', read: text => readOutput(operations.DescribeImages.output, text, 'iso8601'), examples: [answer] },
  {
    name: 'error',
    read: text =>
      serviceError({ status: 400, reason: 'x', headers: new Map([['x-amzn-query-error', text]]), body: text }),
    examples: ['{"__type":"a#B","message":"c"}', 'a;b', '<html>'],
  },
  {
    name: 'HTTP',
    read: text => createResponseReader().push(Buffer.from(text, 'latin1')),
    examples: [response, 'HTTP/1.0 204 x\n\n', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc'],
  },
]

/** Fuzzers of what the command line reads, without the rest of the program. */
export const commandReaders = fuzzReaders(
  'command-readers',
  0.28,
  readers,
  new Set(['ShorthandError', 'CommandError', 'JsonError', 'JsonDepthError', 'KeyError', 'IniError', 'HttpError']),
)

/** How the runtime words a mistake of ours. A command never says such a thing. */
const INTERNAL =
  /Maximum call stack|Cannot read prop|is not (?:a function|iterable|defined|a constructor)|Invalid (?:array|string) length|Cannot mix BigInt|Cannot convert|out of memory|ENOENT.*part-/
const CODES = [0, 252, 253, 254, 255]
const NOWHERE = 'http://127.0.0.1:1'

const lines = [
  [
    'ecr-public',
    'describe-images',
    '--repository-name',
    'a/b',
    '--image-ids',
    'imageTag=a,imageDigest=b',
    '--query',
    queries[0] ?? '',
  ],
  [
    'ecr-public',
    'batch-delete-image',
    '--repository-name',
    'a',
    '--image-ids',
    '[{"imageTag":"a"}]',
    'imageTag=b',
    '--output',
    'table',
  ],
  [
    'ecr-public',
    'create-repository',
    '--repository-name',
    'a',
    '--catalog-data',
    'description=a,architectures=x86,ARM',
    '--tags',
    'Key=a,Value=b',
    '--output',
    'yaml',
  ],
  [
    'ecr-public',
    'upload-layer-part',
    '--repository-name',
    'a',
    '--upload-id',
    'x',
    '--part-first-byte',
    '0',
    '--part-last-byte',
    '1',
    '--layer-part-blob',
    'aGk=',
  ],
  [
    'ecr-public',
    'describe-repositories',
    '--max-items',
    '1',
    '--page-size',
    '2',
    '--starting-token',
    'eyJuZXh0VG9rZW4iOiBudWxsfQ==',
    '--generate-cli-skeleton',
    'output',
  ],
  [
    'ecr-public',
    'put-image',
    '--cli-input-json',
    '{"repositoryName":"a","imageManifest":"{}"}',
    '--generate-cli-skeleton',
    'yaml-input',
  ],
  [
    'ecr-public',
    'get-repository-policy',
    '--cli-input-yaml',
    'repositoryName: a\n',
    '--region',
    'us-east-1',
    '--no-paginate',
    '--color',
    'on',
  ],
  ['ecr-public', 'help'],
  ['images', 'restore', '--repository-name', 'a', '--image-ids', 'imageTag=b'],
  ['lifecycle', 'put', '--repository-name', 'a', '--lifecycle-policy-text', '{"rules":[]}'],
  ['audit', '--since', '2026-01-01', '--max-items', '1'],
  ['clean', '--repository-name', 'a/*', '--tag', 'pr-*', '--older-than', '30d', '--keep', '3', '--dry-run'],
  ['completion', 'candidates'],
]

/**
 * Whole command lines with a profile, against a registry that is not there. Nothing may run, be written or be asked.
 */
export function commandLines(): Fuzzer & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'berth-fuzz-'))
  const file = join(folder, 'config')
  const words = lines.flat()
  const profile =
    '[default]\nregion = us-east-1\noutput = json\nmax_attempts = 1\ncli_pager =\n[profile b]\nservices = c\n[services c]\necr_public =\n  endpoint_url = http://127.0.0.1:1\n'
  const env = {
    AWS_CONFIG_FILE: file,
    AWS_ENDPOINT_URL: NOWHERE,
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
  }
  return {
    name: 'command-lines',
    share: 0.02,
    async attempt(random) {
      const argv = random.pick(lines).map(word => (random.chance(0.25) ? mutate(random, word, words) : word))
      for (let left = random.below(3); left > 0; left--)
        argv.splice(random.below(argv.length + 1), random.below(2), random.pick(words))
      const config = random.chance(0.7) ? profile : mutate(random, profile, [profile])
      if (
        argv.some(word => /^(?:configure|--cli-auto|file|!)|auto-?prompt/i.test(word)) ||
        /process|pager|prompt/i.test(config.replace('cli_pager', ''))
      )
        return
      writeFileSync(file, config)
      const { exitCode, stderr } = await runMain(
        [...argv, ...(random.chance(0.9) ? ['--endpoint-url', NOWHERE] : [])],
        env,
      )
      if (!CODES.includes(exitCode) || INTERNAL.test(stderr))
        throw new Finding(`exit ${exitCode}: ${stderr.slice(0, 600)}`, { argv, config })
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
