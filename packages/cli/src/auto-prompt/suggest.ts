import { type Operation, operations, type ServiceNames, service } from '@berth/model'
import type { Parameters } from '../client/client.ts'
import type { CommandEntry, ImageListing } from '../commands/command.ts'
import { candidates, type Known } from '../commands/completion/candidates.ts'
import { commandWords, findCommand } from '../commands/find-command.ts'
import { splitWords } from '../config/split-words.ts'
import { isDict, isList, type Value } from '../python/value.ts'

/**
 * Asks the registry for names to suggest. Undefined where the registry cannot be asked. Without a service, ECR Public
 * is asked.
 */
type Ask = (operation: Operation, parameters: Parameters, service?: ServiceNames) => Promise<Parameters | undefined>

/** What may follow `text`: commands and options, and from the registry repository names, tags and digests. */
export async function suggest(text: string, known: Known, ask: Ask): Promise<string[]> {
  const words = text === '' ? [] : splitWords(text)
  const current = text === '' || /\s$/.test(text) ? '' : (words.pop() ?? '')
  const found = await fromRegistry(words, known.commands, ask)
  if (found) return found.filter(each => each.startsWith(current))
  const plain = await candidates(words, current, known)
  // After a command that has options, nothing but an option can come: options are offered before the dashes are typed.
  if (plain.length > 0 || current !== '') return plain
  const command = await findCommand(known.commands, commandWords(words))
  return command?.options ? candidates(words, '--', known) : plain
}

async function fromRegistry(
  words: readonly string[],
  commands: readonly CommandEntry[],
  ask: Ask,
): Promise<string[] | undefined> {
  const option = words.findLast(word => word.startsWith('--'))
  const last = words.at(-1)
  if (last === '--repository-name' || option === '--repository-names') {
    const answer = await ask(operations.DescribeRepositories, new Map())
    return answer && textsOf(answer.get('repositories'), 'repositoryName')
  }
  if (option !== '--image-ids' && last !== '--image-tag' && last !== '--image-digest') return undefined
  const repository = words[words.indexOf('--repository-name') + 1]
  if (repository === undefined || !words.includes('--repository-name')) return undefined
  const command = await findCommand(commands, commandWords(words))
  const listing = command?.imagesFrom ?? LIVE_IMAGES
  const answer = await ask(listing.operation, new Map([['repositoryName', repository]]), listing.service)
  if (!answer) return undefined
  const digests = textsOf(answer.get(listing.resultKey), 'imageDigest')
  const tags = textsOf(answer.get(listing.resultKey), 'imageTags')
  if (last === '--image-tag') return tags
  if (last === '--image-digest') return digests
  return [...tags.map(tag => `imageTag=${tag}`), ...digests.map(digest => `imageDigest=${digest}`)]
}

const LIVE_IMAGES: ImageListing = { operation: operations.DescribeImages, service, resultKey: 'imageDetails' }

/** The texts under one key of a list of maps, be they alone or in lists. */
function textsOf(list: Value | undefined, key: string): string[] {
  if (!isList(list)) return []
  return list
    .filter(isDict)
    .flatMap(item => item.get(key) ?? [])
    .flat()
    .filter(value => typeof value === 'string')
}
