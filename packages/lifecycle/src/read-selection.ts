import { FaultError } from './fault.ts'
import type { CountSelection, LifecycleSelection, TagSelection } from './policy.ts'
import type { Json } from './read-json.ts'
import { type Members, readChoice, readList, readMembers, readPositiveInteger, readString } from './read-members.ts'

/** ECR's limit for each pattern. */
const MAX_WILDCARDS = 4

/** OCI Distribution, "Pulling manifests": no tag has more characters, or others than these. */
const MAX_TAG_CHARACTERS = 128
const NOT_OF_TAGS = /[^\w.-]/u

const EVERY_TAG = 'for images with any tag write "tagPatternList": ["*"]'

/** Reads a rule's selection. @throws FaultError */
export function readSelection(json: Json, path: string): LifecycleSelection {
  const selection = readMembers(json, path, {
    required: ['tagStatus', 'countType', 'countNumber'],
    optional: ['tagPrefixList', 'tagPatternList', 'countUnit', 'storageClass'],
  })
  const count = readCount(selection, path)
  return { ...readTags(selection, path), ...count, ...readStorageClass(selection, path, count) }
}

/** "standard" is what ECR takes for a rule that names no class. */
function readStorageClass(selection: Members, path: string, { countType }: CountSelection) {
  const at = `${path}.storageClass`
  const storageClass = selection.has('storageClass')
    ? readChoice(selection.get('storageClass'), at, ['standard', 'archive'])
    : 'standard'
  if (storageClass === 'archive') return { storageClass }
  if (countType === 'sinceImageTransitioned')
    throw new FaultError(at, 'must be "archive", since countType is "sinceImageTransitioned"')
  return {}
}

function readTags(selection: Members, path: string): TagSelection {
  const tagStatus = readChoice(selection.get('tagStatus'), `${path}.tagStatus`, ['tagged', 'untagged', 'any'])
  const prefixes = selection.get('tagPrefixList')
  const patterns = selection.get('tagPatternList')
  if (tagStatus !== 'tagged') {
    if (prefixes === undefined && patterns === undefined) return { tagStatus }
    throw new FaultError(path, `must have no tagPrefixList or tagPatternList, since tagStatus is "${tagStatus}"`)
  }
  if ((prefixes === undefined) === (patterns === undefined))
    throw new FaultError(path, 'must have either tagPrefixList or tagPatternList, since tagStatus is "tagged"')
  if (patterns === undefined) return { tagStatus, tagPrefixList: readTagList(prefixes, `${path}.tagPrefixList`, 0) }
  return { tagStatus, tagPatternList: readTagList(patterns, `${path}.tagPatternList`, MAX_WILDCARDS) }
}

/** Prefixes (which have no wildcards) or patterns. What no tag can meet would hide a slip of the pen. */
function readTagList(json: Json | undefined, path: string, maxWildcards: number): string[] {
  if (Array.isArray(json) && json.length === 0) throw new FaultError(path, `must not be empty: ${EVERY_TAG}`)
  return readList(json, path).map((element, index) => {
    const at = `${path}[${index}]`
    const text = readString(element, at)
    const literal = maxWildcards === 0 ? text : text.replaceAll('*', '')
    if (text === '') throw new FaultError(at, `must not be empty: ${EVERY_TAG}`)
    if (text.length - literal.length > maxWildcards)
      throw new FaultError(at, `must not have more than ${maxWildcards} wildcards`)
    if (literal.length > MAX_TAG_CHARACTERS)
      throw new FaultError(at, `must not be longer than a tag, which has at most ${MAX_TAG_CHARACTERS} characters`)
    const foreign = NOT_OF_TAGS.exec(literal)
    if (foreign !== null) throw new FaultError(at, `must not have ${JSON.stringify(foreign[0])}, which no tag has`)
    return text
  })
}

function readCount(selection: Members, path: string): CountSelection {
  const countType = readChoice(selection.get('countType'), `${path}.countType`, [
    'imageCountMoreThan',
    'sinceImagePushed',
    'sinceImagePulled',
    'sinceImageTransitioned',
  ])
  const countNumber = readPositiveInteger(selection.get('countNumber'), `${path}.countNumber`)
  if (countType !== 'imageCountMoreThan')
    return { countType, countUnit: readChoice(selection.get('countUnit'), `${path}.countUnit`, ['days']), countNumber }
  if (selection.has('countUnit'))
    throw new FaultError(`${path}.countUnit`, 'must be left out, since countType is "imageCountMoreThan"')
  return { countType, countNumber }
}
