import { createClient } from '../../../client/client.ts'
import { paginate } from '../../../client/paginate.ts'
import { CommandError } from '../../../errors.ts'
import { isDict, isList, type Value } from '../../../python/value.ts'
import type { Context } from '../../command.ts'
import { momentOf } from './list-images.ts'
import type { Repository } from './repositories.ts'

/** When each image of a repository was pulled last, in milliseconds; those that never were are missing. */
type PullTimes = (repository: Repository) => Promise<ReadonlyMap<string, number>>

const PAGE = 1000

/**
 * Makes the reader of pull times, once the registry has shown with `repository` that it can tell them.
 * @throws CommandError `general` for a registry that cannot, such as Amazon's
 */
export async function createPullTimes(
  context: Context,
  repository: Repository | undefined,
  attempts: number,
): Promise<PullTimes> {
  // Few clean-ups ask for this, so the model of berth's own service is no part of the others.
  const { berth, berthOperations } = await import('@berth/model/berth')
  const client = await createClient({ ...context, patientAttempts: attempts }, berth)
  const { DescribeImagePulls: operation } = berthOperations
  const { pagination } = operation
  if (!pagination) throw new TypeError('DescribeImagePulls has pages')
  const pages = ({ names }: Repository, pageSize: number, maxItems?: number) =>
    paginate(client, { operation, pagination, parameters: names }, { pageSize, ...(maxItems && { maxItems }) })

  if (repository) {
    try {
      for await (const _ of pages(repository, 1, 1)) break
    } catch (error) {
      throw isUnknownOperation(error) ? cannotTell(error) : error
    }
  }
  return async each => {
    const times = new Map<string, number>()
    for await (const page of pages(each, PAGE)) {
      const pulls = page.get('imagePulls')
      for (const pull of isList(pulls) ? pulls.filter(isDict) : []) readPull(pull, times)
    }
    return times
  }
}

function readPull(pull: ReadonlyMap<string, Value>, times: Map<string, number>): void {
  const digest = pull.get('imageDigest')
  const pulledAt = momentOf(pull.get('lastPulledAt'))
  if (typeof digest === 'string' && pulledAt !== undefined) times.set(digest, pulledAt)
}

const isUnknownOperation = (error: unknown) =>
  error instanceof CommandError && /^(?:UnknownOperation|UnsupportedCommand|404)/.test(error.code ?? '')

const cannotTell = (cause: unknown) =>
  new CommandError(
    'general',
    '--not-pulled-since needs a berth server: this registry does not tell when images were pulled (DescribeImagePulls is no operation of Amazon ECR Public). Use --older-than there.',
    { cause },
  )
