import { operations } from '@berth/model'
import type { Client } from '../../../client/client.ts'
import { paginate } from '../../../client/paginate.ts'
import { CommandError } from '../../../errors.ts'
import { isDict, isList, type Value } from '../../../python/value.ts'
import { glob, isGlob } from '../selection/glob.ts'

export interface Repository {
  readonly name: string
  readonly registryId: string
  /** Host, alias and name. Manifests of the repository are read there. */
  readonly uri: string
  /** The parameters that name the repository in every request. */
  readonly names: ReadonlyMap<string, Value>
}

/** The repositories to clean: names, patterns of names, or `undefined` for all of the registry. */
export interface Wanted {
  readonly patterns: readonly string[] | undefined
  readonly registryId?: string
}

/**
 * Finds the repositories that are wanted.
 * @throws CommandError for a name that does not exist, and where patterns match no repository
 */
export async function findRepositories(client: Client, { patterns, registryId }: Wanted): Promise<Repository[]> {
  const registry = new Map<string, Value>(registryId === undefined ? [] : [['registryId', registryId]])
  const found = new Map<string, Repository>()
  const add = (repository: Repository) => found.set(repository.name, repository)

  for (const name of (patterns ?? []).filter(pattern => !isGlob(pattern))) {
    const request = new Map([...registry, ['repositoryNames', [name]] as const])
    const answer = await client.call(operations.DescribeRepositories, request)
    for (const repository of readRepositories(answer, registry)) add(repository)
  }
  const globs = patterns?.filter(isGlob).map(glob)
  if (globs === undefined || globs.length > 0) {
    const { DescribeRepositories: operation } = operations
    const { pagination } = operation
    if (!pagination) throw new TypeError('DescribeRepositories has pages')
    for await (const page of paginate(client, { operation, pagination, parameters: registry }, { pageSize: 1000 })) {
      for (const repository of readRepositories(page, registry)) {
        if (globs === undefined || globs.some(({ matches }) => matches(repository.name))) add(repository)
      }
    }
  }
  const unmet = globs?.filter(({ matches }) => ![...found.keys()].some(matches)) ?? []
  if (unmet.length > 0) {
    throw new CommandError('general', `No repository matches ${unmet.map(({ pattern }) => pattern).join(' or ')}.`)
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function readRepositories(answer: ReadonlyMap<string, Value>, registry: ReadonlyMap<string, Value>): Repository[] {
  const repositories = answer.get('repositories')
  if (!isList(repositories)) return []
  return repositories.filter(isDict).map(repository => {
    const text = (name: string) => String(repository.get(name) ?? '')
    const name = text('repositoryName')
    return {
      name,
      registryId: text('registryId'),
      uri: text('repositoryUri'),
      names: new Map([...registry, ['repositoryName', name] as const]),
    }
  })
}
