import { readFileSync } from 'node:fs'
import { wordsOf } from '../../packages/server/src/admin/errors.ts'
import {
  AdminError,
  ControlError,
  OciError,
  type Problem,
  RegistryError,
} from '../../packages/server/src/domain/problem.ts'
import { answerTo } from '../../packages/server/src/http/control/errors.ts'
import { isOurs, renderProblem } from '../../packages/server/src/http/oci/errors.ts'

/** One value for each name that a problem may have among its members. */
const MEMBERS = {
  ...{ text: 'TEXT', reason: 'REASON', member: 'member.path', constraint: 'CONSTRAINT', name: 'team/app' },
  ...{ registryId: '123456789012', limitBytes: 4096, withinMs: 30_000, allow: 'GET, HEAD', retryAfterSeconds: 7 },
  ...{ principal: 'PRINCIPAL', action: 'ecr-public:PutImage', resource: 'RESOURCE', uploadId: 'UPLOAD', nextByte: 10 },
  ...{ expectedBytes: 20, receivedBytes: 19, given: ['sha256:given'], computed: 'sha256:computed', digest: 'sha256:d' },
  ...{ digests: ['sha256:one', 'sha256:two'], tag: 'v1', tags: ['v1', 'v2'], condition: 'If-Match', reference: 'v1' },
  ...{ current: 'sha256:current', quota: 'QUOTA', limit: 100, setting: '--setting', what: 'WHAT.', lastByte: 9 },
  ...{
    operation: 'OPERATION',
    why: 'WHY.',
    scope: 'repository:team/app:pull',
    error: 'invalid_request',
    sizeBytes: 300,
  },
  ...{ parents: ['sha256:parent'], accountId: '123456789012', alias: 'team', userName: 'ci', policyName: 'POLICY' },
  ...{ accessKeyId: 'AKIAEXAMPLE', principals: ['PRINCIPAL'], partSizeBytes: 5, coding: 'gzip' },
}

/** Members whose values choose among words. */
const VARIANTS: Readonly<Record<string, readonly object[]>> = {
  credentialsRefused: ['invalid', 'expired', 'revoked'].map(reason => ({ reason })),
  forbidden: ['noAllow', 'explicitDeny'].map(reason => ({ reason })),
  imageExists: [{}, { tag: undefined }],
  imageNotFound: [{}, { tag: undefined }, { digest: undefined }],
  nameInvalid: [{}, { reason: undefined }],
  preconditionFailed: [{}, { current: undefined }, { condition: 'If-None-Match' }],
  tokenRequestInvalid: ['invalid_request', 'unsupported_grant_type'].map(error => ({ error })),
}

const source = readFileSync(new URL('../../packages/server/src/domain/problem.ts', import.meta.url), 'utf8')

/** The kinds of one of the unions that make `Problem`, with what they look like. */
function problemsOf(...unions: readonly string[]): Problem[] {
  const kinds = unions.flatMap(union => {
    const [, members = ''] = new RegExp(`^export type ${union} =\\n((?:.*\\n)*?)\\n`, 'm').exec(source) ?? []
    return Array.from(members.matchAll(/\bkind: '(\w+)'/g), ([, kind = '']) => kind)
  })
  if (kinds.length === 0) throw new Error(`no kinds of ${unions.join(' or ')} in problem.ts`)
  return kinds
    .sort()
    .flatMap(kind => (VARIANTS[kind] ?? [{}]).map(members => ({ kind, ...MEMBERS, ...members }) as unknown as Problem))
}

/** What the control API answers to each kind of problem: status, name, message, and the members of the exception. */
export const controlErrors = (): string =>
  lines(problemsOf('CoreProblem', 'ControlProblem'), problem => {
    const Thrown = isOf('ControlProblem', problem) ? ControlError : RegistryError
    const answer = answerTo(new Thrown(problem as never))
    return answer && [`${answer.status} ${answer.name}`, answer.message, JSON.stringify(answer.members)]
  })

/** What the registry endpoint answers to each kind of problem: status, body, and headers. */
export const registryErrors = (): string =>
  lines(problemsOf('CoreProblem', 'OciProblem'), problem => {
    const Thrown = isOf('OciProblem', problem) ? OciError : RegistryError
    const error = new Thrown(problem as never)
    if (!isOurs(error)) return undefined
    const { status, body, headers } = renderProblem(error.problem)
    return [`${status}`, body.trim(), JSON.stringify(headers)]
  })

/** What `berthd admin` prints for each kind of problem that it can meet. */
export const adminErrors = (): string =>
  lines(problemsOf('CoreProblem', 'AdminProblem'), problem => {
    const Thrown = isOf('AdminProblem', problem) ? AdminError : RegistryError
    const words = wordsOf(new Thrown(problem as never))
    return words === undefined ? undefined : [words]
  })

const isOf = (union: string, { kind }: Problem) => problemsOf(union).some(each => each.kind === kind)

const lines = (problems: readonly Problem[], answer: (problem: Problem) => readonly string[] | undefined) =>
  problems
    .flatMap(problem => {
      const answered = answer(problem)
      return answered === undefined ? [] : [`${problem.kind}\n    ${answered.join('\n    ')}\n`]
    })
    .join('')
