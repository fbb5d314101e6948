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

/** What a page shows of an image's configuration. What is not in the specification's form is left out. */
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

const SHOWN = { words: 100, environment: 100, ports: 50, volumes: 50, described: 100, history: 250 }

/** Reads what is shown of a configuration. Undefined where it is no JSON object, or more than a page reads. */
export function readConfigFacts(bytes: Buffer): ConfigFacts | undefined {
  const document = readDocument(bytes)
  if (document === undefined) return undefined
  const config = objectOf(document['config']) ?? {}
  return {
    platform: readPlatform(document),
    created: textOf(document['created']),
    author: textOf(document['author']),
    user: textOf(config['User']),
    workingDirectory: textOf(config['WorkingDir']),
    stopSignal: textOf(config['StopSignal']),
    entrypoint: words(config['Entrypoint'], SHOWN.words),
    command: words(config['Cmd'], SHOWN.words),
    environment: words(config['Env'], SHOWN.environment),
    ports: names(config['ExposedPorts'], SHOWN.ports),
    volumes: names(config['Volumes'], SHOWN.volumes),
    described: namedTexts(config['Labels'], SHOWN.described),
    history: some(document['history'], readStep, SHOWN.history),
  }
}

/** Docker's older images have one text where the specification has a list. */
const words = (value: unknown, limit: number): Some<string> =>
  some(typeof value === 'string' ? [value] : value, textOf, limit)

const names = (value: unknown, limit: number): Some<string> => some(Object.keys(objectOf(value) ?? {}), textOf, limit)

function readStep(value: unknown): HistoryEntry | undefined {
  const step = objectOf(value)
  if (step === undefined) return undefined
  return {
    created: textOf(step['created']),
    createdBy: textOf(step['created_by']),
    comment: textOf(step['comment']),
    isEmpty: step['empty_layer'] === true,
  }
}
