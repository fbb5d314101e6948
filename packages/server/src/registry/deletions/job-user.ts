import type { Actor } from '../../domain/actor.ts'
import { repositoryArn, userArn } from '../../domain/iam/arn.ts'
import type { AccountId } from '../../domain/names.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { ImageJob, NewImageJob } from '../../ports/rows/images/image-jobs.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import { type Circumstances, decide } from '../access/authorize.ts'

/** Who begins a job, and how the request came. */
export interface JobUser {
  readonly accountId: AccountId
  readonly userName: string
  readonly accessKeyId: string
  readonly circumstances: Omit<Circumstances, 'nowMs'>
}

type StoredUser = Pick<NewImageJob, 'accountId' | 'userName' | 'accessKeyId' | 'circumstances'>

/** The job's user as rows keep it. */
export const storedUser = ({ circumstances, ...user }: JobUser): StoredUser => ({
  ...user,
  circumstances: JSON.stringify(circumstances),
})

/** The actions that a job needs, as policies name them. */
const ACTIONS = { delete: 'ecr-public:BatchDeleteImage', restore: 'berth:RestoreImages' } as const

/** The job's user as the audit log names it. */
export const actorOf = ({ accountId, userName, circumstances }: StoredUser): Actor => ({
  principal: userArn(accountId, userName),
  sourceAddress: (JSON.parse(circumstances) as JobUser['circumstances']).sourceIp,
  via: 'gallery',
})

/** Asks the policies of now about the job's user. Returns the reason why the job must not go on, if there is one. */
export async function whyNot(
  rows: Rows,
  { kind, accessKeyId, accountId, userName, circumstances }: ImageJob,
  repository: RepositoryRow,
  nowMs: number,
): Promise<string | undefined> {
  const principal = await rows.accessKeys.principal(accessKeyId)
  if (principal?.accessKey.active !== true || principal.accessKey.userName !== userName)
    return 'The access key that it was begun with is gone or inactive.'
  const action = ACTIONS[kind]
  const resource = repositoryArn(repository.accountId, repository.name)
  const request = { action, resource, ownerId: repository.accountId, repository }
  const asked: JobUser['circumstances'] = JSON.parse(circumstances)
  const isAllowed = decide(principal, request, { ...asked, nowMs }).allowed
  return isAllowed ? undefined : `${userArn(accountId, userName)} may no longer do ${action} on ${resource}.`
}
