import {
  type NamedText,
  namedTexts,
  objectOf,
  type Platform,
  readDocument,
  readPlatform,
  type Some,
  some,
  textOf,
} from './image-facts.ts'

/** One step by which an image was made (Image Specification, "Image Configuration"). */
export interface HistoryEntry {
  readonly created: string | undefined
  readonly createdBy: string | undefined
  readonly comment: string | undefined
  /** Whether the step made no layer. */
  readonly isEmpty: boolean
}

/**
 * The facts of an image's configuration that a page shows. Facts that are not in the specification's form are left out.
 */
export interface ConfigFacts {
  readonly platform: Platform | undefined
  readonly created: string | undefined
  readonly author: string | undefined
  readonly user: string | undefined
  readonly workingDirectory: string | undefined
  readonly stopSignal: string | undefined
  readonly entrypoint: Some<string>
  readonly command: Some<string>
  readonly environment: Some<string>
  readonly ports: Some<string>
  readonly volumes: Some<string>
  /** The labels that the specification defines. */
  readonly described: Some<NamedText>
  readonly history: Some<HistoryEntry>
}

/** How many items of each list are shown, and how much of a text. Where that is too much, less of both is. */
const SHOWN = { words: 100, environment: 100, ports: 50, volumes: 50, described: 100, history: 250, text: 4_000 }
const SHARES = [1, 1 / 4, 1 / 16, 1 / 64]
/**
 * The most characters of all facts of one configuration, as JSON: whoever wrote it must not fill a page, nor the rows.
 */
const FACTS_LIMIT = 48 * 1024

/**
 * Reads what is shown of a configuration, which may be long: then texts and lists are shown by their beginning.
 * Undefined where it is no JSON object, or more than a page reads.
 */
export function readConfigFacts(bytes: Buffer): ConfigFacts | undefined {
  const document = readDocument(bytes)
  if (document === undefined) return undefined
  let facts: ConfigFacts | undefined
  for (const share of SHARES) {
    facts = readShare(document, share)
    if (JSON.stringify(facts).length <= FACTS_LIMIT) break
  }
  return facts
}

function readShare(document: Readonly<Record<string, unknown>>, share: number): ConfigFacts {
  const config = objectOf(document['config']) ?? {}
  const of = (shown: keyof typeof SHOWN) => Math.ceil(SHOWN[shown] * share)
  const text = (value: unknown) => textOf(value)?.slice(0, of('text'))
  // Docker's older images have one text where the specification has a list.
  const words = (value: unknown, shown: keyof typeof SHOWN) =>
    some(typeof value === 'string' ? [value] : value, text, of(shown))
  const names = (value: unknown, shown: keyof typeof SHOWN) => some(Object.keys(objectOf(value) ?? {}), text, of(shown))
  const described = namedTexts(config['Labels'], of('described'))
  return {
    platform: readPlatform(document),
    created: text(document['created']),
    author: text(document['author']),
    user: text(config['User']),
    workingDirectory: text(config['WorkingDir']),
    stopSignal: text(config['StopSignal']),
    entrypoint: words(config['Entrypoint'], 'words'),
    command: words(config['Cmd'], 'words'),
    environment: words(config['Env'], 'environment'),
    ports: names(config['ExposedPorts'], 'ports'),
    volumes: names(config['Volumes'], 'volumes'),
    described: {
      ...described,
      items: described.items.map(({ name, text: said }) => ({
        name: name.slice(0, of('text')),
        text: said.slice(0, of('text')),
      })),
    },
    history: some(document['history'], value => readStep(value, text), of('history')),
  }
}

function readStep(value: unknown, text: (value: unknown) => string | undefined): HistoryEntry | undefined {
  const step = objectOf(value)
  if (step === undefined) return undefined
  return {
    created: text(step['created']),
    createdBy: text(step['created_by']),
    comment: text(step['comment']),
    isEmpty: step['empty_layer'] === true,
  }
}
