import { type AccountId, isAccountId, isRepositoryName, type RepositoryName } from '../names.ts'

/** `arn:aws:ecr-public::ACCOUNT:repository/NAME`, where NAME may be `*`. The region is empty: ECR Public has none. */
export const repositoryArn = (account: AccountId, name: RepositoryName | '*'): string =>
  `arn:aws:ecr-public::${account}:repository/${name}`

/** `arn:aws:ecr-public::ACCOUNT:registry/ACCOUNT` */
export const registryArn = (account: AccountId): string => `arn:aws:ecr-public::${account}:registry/${account}`

export const userArn = (account: AccountId, userName: string): string => `arn:aws:iam::${account}:user/${userName}`

/** The ARN of the account's root user. In a policy's principal it stands for the account as a whole. */
export const rootArn = (account: AccountId): string => `arn:aws:iam::${account}:root`

const REPOSITORY_ARN = /^arn:aws:ecr-public::([^:/]*):repository\/([^:]*)$/

/** The parts of a repository's ARN; undefined where `text` is not exactly what `repositoryArn` makes. */
export function parseRepositoryArn(text: string): { account: AccountId; name: RepositoryName } | undefined {
  const [, account = '', name = ''] = REPOSITORY_ARN.exec(text) ?? []
  return isAccountId(account) && isRepositoryName(name) ? { account, name } : undefined
}
