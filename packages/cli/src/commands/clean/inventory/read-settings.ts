import { createClient } from '../../../client/client.ts'
import { CommandError } from '../../../errors.ts'
import { NetworkError } from '../../../http/network-error.ts'
import type { Target } from '../../../http/target.ts'
import { isDict, isList } from '../../../python/value.ts'
import type { Context } from '../../command.ts'
import { isAmazon } from './is-amazon.ts'
import type { Repository } from './repositories.ts'

/** The settings of a repository that bear on deletions, as a berth server tells them. */
export interface RepositorySettings {
  /** Days for which deleted images can be restored. */
  readonly binDays: number
  /** Patterns of tags that keep their image. */
  readonly protectedTags: readonly string[]
}

export type ReadSettings = (repository: Repository) => Promise<RepositorySettings | undefined>

/**
 * Makes a reader of settings. The reader returns undefined where the registry has no settings, does not let this caller
 * see them, or does not answer. The registry itself then refuses to delete what is protected.
 */
export function createSettingsReader(context: Context, endpoint: Target): ReadSettings {
  if (isAmazon(endpoint)) return async () => undefined
  const connect = async () => {
    // Only servers of berth know these operations, so that their model is loaded for those alone.
    const { berth, berthOperations } = await import('@berth/model/berth')
    return { client: await createClient(context, berth), operation: berthOperations.GetRepositorySettings }
  }
  let connecting: ReturnType<typeof connect> | undefined
  return async ({ names }) => {
    connecting ??= connect()
    const { client, operation } = await connecting
    try {
      const answer = await client.call(operation, names)
      const settings = answer.get('settings')
      const patterns = isDict(settings) ? settings.get('protectedTags') : undefined
      return {
        binDays: Number(answer.get('effectiveBinDays') ?? 0),
        protectedTags: isList(patterns) ? patterns.map(String) : [],
      }
    } catch (error) {
      if (error instanceof CommandError || error instanceof NetworkError) return undefined
      throw error
    }
  }
}
