import { type CoreProblem, GalleryError, type GalleryProblem, RegistryError } from '../../domain/problem.ts'
import { pathOf } from './href.ts'

/** The problems that a page can say. Of the core these are only what paths and stores give rise to. */
export type Problem = GalleryProblem | Extract<CoreProblem, { kind: CoreKind }>
type CoreKind =
  | 'repositoryNotFound'
  | 'tooManyRequests'
  | 'unavailable'
  | 'methodNotAllowed'
  | 'requestMalformed'
  | 'bodyTooLarge'
  | 'bodyTooSlow'
  | 'contentCodingUnsupported'
  | 'forbidden'
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

const MANAGE = { path: pathOf.manage(), name: 'Your repositories' }

type FormReason = Extract<GalleryProblem, { kind: 'formRefused' }>['reason']

const REFUSED_FORMS: Readonly<Record<FormReason, readonly [title: string, text: string]>> = {
  host: [
    'The server does not know this name',
    'It takes forms only under its own names, and you reached it by another one. Whoever runs it can say its name by --public-url; a proxy in front must pass the Host on.',
  ],
  site: [
    'This form was not taken',
    'It was sent from a page of another site, or by a browser that does not say from where. Nothing was changed. Open the page here, and send the form from there.',
  ],
  token: [
    'This form was not taken',
    'It was made for another session, or your browser keeps no cookies. Nothing was changed. Load the page again, and send the form from there.',
  ],
}

const OVER_PLAIN_HTTP =
  'Over plain HTTP anybody on the way could read what you type. Open this page by https://, or on the machine of the server itself by http://localhost and its port. Whoever runs the server turns HTTPS on by --tls-cert and --tls-key, or has a proxy in front do it, with --trusted-proxies and --public-url.'

const relayed = (origin: string): string =>
  `Your browser asked for ${origin} on its own machine, and something has passed that on to the server: over plain HTTP anybody on the way could read what you type. If nothing of the way leaves the machine, as with a port that a container publishes, whoever runs the server says so by --public-url ${origin}, in a container by the variable BERTH_PUBLIC_URL=${origin}. Otherwise open the page by https://: a proxy that speaks it says so by X-Forwarded-Proto, and is named by --trusted-proxies.`

/** One row a kind. */
const TABLE: { readonly [K in Kind]: Row<K> } = {
  pageUnknown: ({ path }) => ({
    status: 404,
    title: 'There is no such page',
    text: `Nothing is at ${path.slice(0, 200)}. A repository is at /ALIAS/NAME, and its tags are at /ALIAS/NAME/-/tags.`,
    ways: path.startsWith(MANAGE.path) ? [MANAGE, HOME] : [HOME],
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
  requestMalformed: ({ reason }) => ({ status: 400, title: 'That cannot be read', text: reason, ways: [] }),
  bodyTooLarge: ({ limitBytes }) => ({
    status: 413,
    title: 'That is too large',
    text: `A form may have ${Math.floor(limitBytes / 1024)} KiB. Nothing was changed.`,
    ways: [],
  }),
  bodyTooSlow: () => ({
    status: 408,
    title: 'That took too long',
    text: 'The form did not arrive in time. Nothing was changed: go back, and send it again.',
    ways: [],
  }),
  contentCodingUnsupported: ({ coding }) => ({
    status: 415,
    title: 'That cannot be read',
    text: `The form came in the coding ${coding.slice(0, 100)}, and must come without. Nothing was changed.`,
    ways: [],
  }),
  forbidden: ({ action, resource, principal }) => ({
    status: 403,
    title: 'You may not do that',
    text: `${principal} lacks the permission ${action} on ${resource}. Whoever writes its policies can give it.`,
    ways: [MANAGE],
  }),
  formRefused: ({ reason }) => ({
    status: 403,
    title: REFUSED_FORMS[reason][0],
    text: REFUSED_FORMS[reason][1],
    ways: [HOME],
  }),
  plainHttp: ({ relayedFrom }) => ({
    status: 403,
    title: 'Signing in needs HTTPS',
    text: relayedFrom === undefined ? OVER_PLAIN_HTTP : relayed(relayedFrom),
    ways: [HOME],
  }),
  linkOver: () => ({
    status: 404,
    title: 'This link signs nobody in',
    text: 'Such a link is good once, and for a minute. Ask for another one by `berth gallery open`.',
    ways: [{ path: pathOf.signIn(), name: 'Sign in' }],
  }),
  sessionOver: () => ({
    status: 401,
    title: 'Your session is over',
    text: 'Nothing was changed. Sign in again, and do it once more from its page.',
    ways: [{ path: pathOf.signIn(), name: 'Sign in' }],
  }),
  changedSince: ({ what }) => ({
    status: 409,
    title: 'Changed since you opened this page',
    text: `Somebody else has changed ${what} meanwhile, and nothing of yours was saved. Load the page again to see what is there now.`,
    ways: [MANAGE],
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
