import { type CoreProblem, GalleryError, type GalleryProblem, RegistryError } from '../../domain/problem.ts'
import { pathOf } from './href.ts'

/** The problems that a page can say. Of the core these are only what paths and stores give rise to. */
export type Problem = GalleryProblem | Extract<CoreProblem, { kind: CoreKind }>
type CoreKind = 'repositoryNotFound' | 'tooManyRequests' | 'unavailable' | 'methodNotAllowed'
type Kind = Problem['kind']

/** An error in the words of a page. */
export interface Told {
  readonly status: number
  readonly title: string
  readonly text: string
  /** Where to go on, such as the repository whose tag is not there. */
  readonly ways: readonly { readonly path: string; readonly name: string }[]
}

type Row<K extends Kind> = (problem: Extract<Problem, { kind: K }>) => Told

const HOME = { path: pathOf.home(), name: 'All repositories' }
const publisherOf = (alias: string) => ({ path: pathOf.publisher(alias), name: `Repositories of ${alias}` })

/** One row a kind. */
const TABLE: { readonly [K in Kind]: Row<K> } = {
  pageUnknown: ({ path }) => ({
    status: 404,
    title: 'There is no such page',
    text: `Nothing is at ${path.slice(0, 200)}. A repository is at /ALIAS/NAME, and its tags are at /ALIAS/NAME/-/tags.`,
    ways: [HOME],
  }),
  textUnknown: ({ text }) => ({
    status: 404,
    title: 'Nothing is called so',
    text: `${text.trim() === '' ? 'Nothing' : text.trim().slice(0, 200)} names no image that is here. Write it as ALIAS/NAME:TAG, or paste the whole command that pulls it.`,
    ways: [HOME],
  }),
  publisherNotFound: ({ alias }) => ({
    status: 404,
    title: 'There is no such publisher',
    text: `No registry has the alias ${alias}.`,
    ways: [HOME],
  }),
  repositoryNotFound: ({ name, registryId }) => ({
    status: 404,
    title: 'There is no such repository',
    text: `${registryId} has no repository ${name}, or it was deleted.`,
    ways: [publisherOf(registryId), HOME],
  }),
  imageUnknown: ({ reference, name, registryId }) => {
    const path = { alias: registryId, name } as Parameters<typeof pathOf.repository>[0]
    return {
      status: 404,
      title: 'There is no such image',
      text: `${name} has no image ${reference}, or it was deleted.`,
      ways: [
        { path: pathOf.tags(path), name: `Tags of ${name}` },
        { path: pathOf.repository(path), name },
      ],
    }
  },
  methodNotAllowed: ({ allow }) => ({
    status: 405,
    title: 'This page is only there to be read',
    text: `The methods here are ${allow}.`,
    ways: [HOME],
  }),
  tooManyRequests: () => ({
    status: 429,
    title: 'Too many requests',
    text: 'More was asked for from your address than the server gives one address. Wait a moment, and load the page again.',
    ways: [],
  }),
  unavailable: ({ what }) => ({ status: 503, title: 'Not available at the moment', text: what, ways: [] }),
}

/** The problem that an error carries; undefined for a fault of berth's own. */
export function problemOf(error: unknown): Problem | undefined {
  if (!(error instanceof GalleryError || error instanceof RegistryError)) return undefined
  const { problem } = error
  return Object.hasOwn(TABLE, problem.kind) ? (problem as Problem) : undefined
}

// The table ties each kind to its own row, which TypeScript cannot follow through a look-up.
export const tell = (problem: Problem): Told => (TABLE[problem.kind] as Row<Kind>)(problem as never)
