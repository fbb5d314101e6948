import { type Operation, operations, type ServiceNames } from '@berth/model'
import type { Parameters } from '../client/client.ts'
import { candidates, commandWords, operationAfter } from '../commands/completion/candidates.ts'
import { isOwnCommand } from '../commands/table.ts'
import { splitWords } from '../config/split-words.ts'
import { isDict, isList, type Value } from '../python/value.ts'

/**
 * Asks the registry, for names to suggest; undefined when it cannot be asked. Without a service, ECR Public is meant.
 */
export type Ask = (
  operation: Operation,
  parameters: Parameters,
  service?: ServiceNames,
) => Promise<Parameters | undefined>

/** What may follow `text`: commands and options, and from the registry repository names, tags and digests. */
export async function suggest(text: string, profiles: readonly string[], ask: Ask): Promise<string[]> {
  const words = text === '' ? [] : splitWords(text)
  const current = text === '' || /\s$/.test(text) ? '' : (words.pop() ?? '')
  const found = await fromRegistry(words, ask)
  if (found) return found.filter(each => each.startsWith(current))
  const plain = await candidates(words, current, profiles)
  // After an operation nothing but options can come: they are offered before the dashes are typed.
  const [command] = commandWords(words)
  return plain.length === 0 && current === '' && (command === 'clean' || (await operationAfter(words)))
    ? candidates(words, '--', profiles)
    : plain
}

async function fromRegistry(words: readonly string[], ask: Ask): Promise<string[] | undefined> {
  const option = words.findLast(word => word.startsWith('--'))
  const last = words.at(-1)
  if (last === '--repository-name' || option === '--repository-names') {
    const answer = await ask(operations.DescribeRepositories, new Map())
    return answer && textsOf(answer.get('repositories'), 'repositoryName')
  }
  if (option !== '--image-ids' && last !== '--image-tag' && last !== '--image-digest') return undefined
  const repository = words[words.indexOf('--repository-name') + 1]
  if (repository === undefined || !words.includes('--repository-name')) return undefined
  const { operation, service, resultKey } = await imagesToName(commandWords(words))
  const answer = await ask(operation, new Map([['repositoryName', repository]]), service)
  if (!answer) return undefined
  const digests = textsOf(answer.get(resultKey), 'imageDigest')
  const tags = textsOf(answer.get(resultKey), 'imageTags')
  if (last === '--image-tag') return tags
  if (last === '--image-digest') return digests
  return [...tags.map(tag => `imageTag=${tag}`), ...digests.map(digest => `imageDigest=${digest}`)]
}

type Listing = { readonly operation: Operation; readonly service?: ServiceNames; readonly resultKey: string }

/** Where the images are listed that a command may name: those that are there, or those that were deleted. */
async function imagesToName(commands: readonly string[]): Promise<Listing> {
  const [group = ''] = commands
  const deleted = isOwnCommand(group)
    ? (await import('../commands/find-command.ts')).deletedImagesFor(commands)
    : undefined
  return deleted ?? { operation: operations.DescribeImages, resultKey: 'imageDetails' }
}

/** The texts under one key of a list of maps, be they alone or in lists. */
function textsOf(list: Value | undefined, key: string): string[] {
  if (!isList(list)) return []
  return list
    .filter(isDict)
    .flatMap(item => item.get(key) ?? [])
    .flat()
    .filter(value => typeof value === 'string')
}
