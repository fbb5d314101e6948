import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MayRead } from '../../domain/may-read.ts'
import { isPasted, type PastedImage } from '../../domain/pasted-image.ts'
import { GalleryError, isProblem, RegistryError } from '../../domain/problem.ts'
import type { Memory, MemoryShare } from '../../ports/memory.ts'
import type { RegistryContext } from '../../registry/context.ts'
import type { CountFreed } from '../../registry/deletions/count-freed.ts'
import { FactsOfImages } from '../../registry/gallery/facts-of-images.ts'
import { findNear } from '../../registry/gallery/find-near.ts'
import { openPasted } from '../../registry/gallery/open-pasted.ts'
import { suggestNames } from '../../registry/gallery/search.ts'
import type { ClientOf } from '../client.ts'
import type { CallOperation } from '../control/call-operation.ts'
import { answerTo } from '../control/errors.ts'
import type { CountRequest } from '../count-requests.ts'
import { markExchange } from '../exchange-mark.ts'
import { urlForLog } from '../url-for-log.ts'
import { holdUntilOver } from '../when-over.ts'
import { answerTarget, type GalleryParts } from './answer-target.ts'
import { findAsset } from './assets/assets.ts'
import { cookieOf } from './cookies.ts'
import { answerCrawler, INDEXED, isForCrawlers } from './crawlers.ts'
import { documentOf } from './documents.ts'
import { type Problem, problemOf, type Told, tell } from './errors.ts'
import { pathOf } from './href.ts'
import type { RenderMarkdown } from './markdown/render-markdown.ts'
import { layout, type PageContext } from './pages/layout.ts'
import { problemPage } from './pages/problem.ts'
import { parsePath, type TargetKind } from './parse-path.ts'
import { type Answer, sendAnswer, sendAsset } from './respond.ts'
import { hintCookie } from './sign-in/session-cookies.ts'
import { answerSignedIn, isSignedIn, type SignedInOptions } from './signed-in.ts'
import { chooseTheme, themeOf } from './theme.ts'

export interface GalleryOptions {
  readonly context: RegistryContext
  readonly mayRead: MayRead
  readonly renderMarkdown: RenderMarkdown
  readonly count: CountRequest
  readonly memory: Memory
  readonly clientOf: ClientOf
  readonly registryHost: (request: IncomingMessage) => string
  /** The server's lasting URL; undefined where it is not configured. */
  readonly publicUrl: string | undefined
  /** Whether search engines may list the pages. */
  readonly indexing: boolean
  /** The operations of the API, which the desk acts through. */
  readonly call: CallOperation
  /** Counts what a deletion frees. */
  readonly countFreed: CountFreed
  /** Signing in and the desk. */
  readonly signedIn: SignedInOptions
  readonly log: { error(details: object, message: string): void }
}

/** What any page may hold: rows, markup, and the answer until it is read. */
const PAGE_BYTES = 512 * 1024

/** Makes the handler that answers for the gallery's pages, for anyone. Its promise never rejects. */
export function createGalleryHandler(
  options: GalleryOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { context, mayRead, renderMarkdown, count, memory, clientOf } = options
  const facts = new FactsOfImages(context)
  const parts: GalleryParts = { services: { context, mayRead, facts }, reader: 'nobody', renderMarkdown }

  return async (request, response) => {
    markExchange(response, { protocol: 'gallery', operation: 'none', requestId: undefined })
    const share = holdUntilOver(memory, { address: clientOf(request).address }, response)
    try {
      await count(request, undefined, 'page')
      await answer(options, parts, request, response, share)
    } catch (error) {
      await fail(options, parts, request, response, error)
    }
  }
}

async function answer(
  options: GalleryOptions,
  parts: GalleryParts,
  request: IncomingMessage,
  response: ServerResponse,
  share: MemoryShare,
): Promise<void> {
  const { path, query } = splitUrl(request)
  const { target, isJson } = parsePath(path)
  markExchange(response, { protocol: 'gallery', operation: target.kind, requestId: undefined })
  const allow = ALLOW[target.kind] ?? 'GET, HEAD'
  if (!allow.split(', ').includes(request.method ?? '')) throw new RegistryError({ kind: 'methodNotAllowed', allow })
  if (target.kind === 'theme') {
    if (!chooseTheme(response, target.theme, query.get('back'))) throw pageUnknown(path)
    return
  }
  if (target.kind === 'asset') {
    const asset = findAsset(target.name)
    if (asset === undefined) throw pageUnknown(path)
    sendAsset(request, response, asset)
    return
  }
  const text = query.get('q') ?? ''
  if (target.kind === 'open') return leadTo(response, await openPasted(parts.services, parts.reader, text))
  if (target.kind === 'search' && !isJson && isPasted(text)) {
    const pasted = await whatIsPasted(parts, text)
    if (pasted !== undefined) return leadTo(response, pasted)
  }
  if (target.kind === 'suggest') {
    await share.wait(PAGE_BYTES)
    const found = await suggestNames(parts.services, parts.reader, text)
    return sendAnswer(request, response, documentAnswer(documentOf.suggest(found, text)))
  }
  const pageContext = contextOf(options, request)
  if (isSignedIn(target)) {
    const { context, renderMarkdown, call, countFreed } = options
    const services = { context, renderMarkdown, call, countFreed, facts: parts.services.facts }
    const asked = { target, query, share, pageContext, services, memory: options.memory }
    await answerSignedIn(options.signedIn, asked, request, response)
    return
  }
  await share.wait(PAGE_BYTES)
  if (isForCrawlers(target)) {
    await sendAnswer(request, response, await answerCrawler(parts, options, { target, path, share }))
    return
  }
  const { document, page } = await answerTarget(parts, { target, query, share, context: pageContext })
  const isIndexed = options.indexing && INDEXED.has(target.kind)
  const found: Answer = isJson
    ? documentAnswer(document)
    : {
        status: 200,
        mediaType: 'text/html; charset=utf-8',
        isIndexed,
        text: layout(await page(), { ...pageContext, isIndexed }),
      }
  await sendAnswer(request, response, found)
}

const documentAnswer = (document: object): Answer => ({
  status: 200,
  mediaType: 'application/json',
  text: `${JSON.stringify(document)}\n`,
})

/** The methods of pages that take others than those of reading. */
const ALLOW: Readonly<Partial<Record<TargetKind, string>>> = {
  theme: 'POST',
  signIn: 'GET, HEAD, POST',
  signInLink: 'GET, HEAD, POST',
  signOut: 'POST',
  manage: 'GET, HEAD, POST',
  manageRepository: 'GET, HEAD, POST',
}

function leadTo(response: ServerResponse, pasted: PastedImage): void {
  response.writeHead(303, { location: pathOf.pasted(pasted), 'cache-control': 'no-store', 'content-length': 0 }).end()
}

/** What a text names; undefined where it is to be searched as words. */
async function whatIsPasted({ services, reader }: GalleryParts, text: string): Promise<PastedImage | undefined> {
  try {
    return await openPasted(services, reader, text)
  } catch (error) {
    if (isProblem(error, 'textUnknown')) return undefined
    throw error
  }
}

const pageUnknown = (path: string) => new GalleryError({ kind: 'pageUnknown', path })

function splitUrl({ url = '/' }: IncomingMessage): { path: string; query: URLSearchParams } {
  const queryAt = url.indexOf('?')
  return {
    path: queryAt < 0 ? url : url.slice(0, queryAt),
    query: new URLSearchParams(queryAt < 0 ? '' : url.slice(queryAt + 1)),
  }
}

const contextOf = ({ registryHost, publicUrl, signedIn }: GalleryOptions, request: IncomingMessage): PageContext => ({
  registryHost: registryHost(request),
  publicUrl,
  theme: themeOf(request),
  url: request.url ?? '/',
  mayBeSignedIn: cookieOf(request, hintCookie(signedIn.doorOf(request))) !== undefined,
})

async function fail(
  options: GalleryOptions,
  parts: GalleryParts,
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): Promise<void> {
  // A client that went away is no error of ours and hears no answer.
  if (response.destroyed) return
  const problem = problemOf(error)
  if ((problem === undefined && toldByCall(error) === undefined) || response.headersSent)
    options.log.error({ err: error, method: request.method, url: urlForLog(request.url) }, 'a page could not be made')
  if (response.headersSent) {
    response.destroy()
    return
  }
  const told = problem === undefined ? (toldByCall(error) ?? FAULT) : tell(problem)
  const near = problem === undefined ? [] : await suggest(parts, problem).catch(() => [])
  const headers = {
    ...(problem?.kind === 'methodNotAllowed' && { allow: problem.allow }),
    ...(problem !== undefined &&
      'retryAfterSeconds' in problem && { 'retry-after': String(problem.retryAfterSeconds) }),
  }
  const { status, title, text } = told
  const isJson = /\/-\/(?:json|suggest)(?:[/?]|$)/.test(request.url ?? '')
  await sendAnswer(request, response, {
    status,
    headers,
    ...(isJson
      ? {
          mediaType: 'application/json',
          text: `${JSON.stringify({ version: 1, kind: 'error', status, title, text, near: near.map(pathOf.pasted) })}\n`,
        }
      : { mediaType: 'text/html; charset=utf-8', text: layout(problemPage(told, near), contextOf(options, request)) }),
  })
}

/** What may have been meant by a path or a name that leads nowhere. */
async function suggest({ services, reader }: GalleryParts, problem: Problem): Promise<readonly PastedImage[]> {
  switch (problem.kind) {
    case 'pageUnknown':
      return findNear(services, reader, problem.path)
    case 'textUnknown':
      return findNear(services, reader, problem.text)
    case 'publisherNotFound':
      return findNear(services, reader, problem.alias)
    case 'repositoryNotFound':
      return findNear(services, reader, `${problem.registryId}/${problem.name}`)
    case 'imageUnknown':
      return findNear(services, reader, `${problem.registryId}/${problem.name}:${problem.reference}`)
    default:
      return []
  }
}

/** What only operations of the API say, in their words. */
function toldByCall(error: unknown): Told | undefined {
  const answer = answerTo(error)
  return answer && { status: answer.status, title: 'That was refused', text: answer.message, ways: [] }
}

/** What happened is for the log only. */
const FAULT = { status: 500, title: 'Something went wrong here', text: 'The server’s log says more.', ways: [] }
