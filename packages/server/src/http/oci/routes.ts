import { ProblemError, RegistryError } from '../../domain/problem.ts'
import type { ReadAction } from '../../registry/access/rate-plans.ts'
import { getBlob, removeBlob } from './blobs.ts'
import { listCatalog } from './catalog.ts'
import { answerJson, type Exchange } from './exchange.ts'
import { deleteManifest, getManifest, putManifest } from './manifests.ts'
import type { Target, TargetKind, TargetOf } from './parse-path.ts'
import { listReferrers } from './referrers.ts'
import { listTags } from './tags.ts'
import { appendToUpload, beginUpload, cancelUpload, completeUpload, getUpload } from './uploads.ts'

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
type Route<Kind extends TargetKind> = (exchange: Exchange, target: TargetOf<Kind>) => Promise<void>

/** Every method of every path; HEAD goes where GET goes. */
const ROUTES: { readonly [Kind in TargetKind]: { readonly [M in Method]?: Route<Kind> } } = {
  base: { GET: async exchange => answerJson(exchange, {}, {}) },
  catalog: { GET: listCatalog },
  manifest: { GET: getManifest, PUT: putManifest, DELETE: deleteManifest },
  blob: { GET: getBlob, DELETE: removeBlob },
  uploads: { POST: beginUpload },
  upload: { GET: getUpload, PATCH: appendToUpload, PUT: completeUpload, DELETE: cancelUpload },
  tags: { GET: listTags },
  referrers: { GET: listReferrers },
}

/** Answers the request by its route. @throws RegistryError `methodNotAllowed`, and what the route throws */
export function route(exchange: Exchange, target: Target): Promise<void> {
  const found = findRoute(exchange.request.method, target)
  if (found === undefined)
    throw new RegistryError({ kind: 'methodNotAllowed', allow: allowed(Object.keys(ROUTES[target.kind])) })
  return found(exchange, target)
}

function findRoute(method = '', { kind }: Target): Route<TargetKind> | undefined {
  // The table's type ties each route to its target; one look-up over the union cannot say so.
  const routes = ROUTES[kind] as Readonly<Record<string, Route<TargetKind>>>
  const name = method === 'HEAD' ? 'GET' : method
  return Object.hasOwn(routes, name) ? routes[name] : undefined
}

/** The name that a request counts under; undefined for a request that counts by the action it asks for. */
export function readingOf(method: string | undefined, target: Target | ProblemError): ReadAction | undefined {
  if (target instanceof ProblemError || findRoute(method, target) === undefined) return 'other'
  const isRead = method === 'GET' || method === 'HEAD'
  switch (target.kind) {
    case 'manifest':
      return isRead ? (method === 'GET' ? 'pull' : 'manifestHead') : undefined
    case 'blob':
      return isRead ? 'blob' : undefined
    case 'catalog':
    case 'tags':
    case 'referrers':
      return 'listing'
    case 'base':
      return 'other'
    case 'upload':
    case 'uploads':
      return undefined
  }
}

function allowed(methods: readonly string[]): string {
  return methods.map(method => (method === 'GET' ? 'GET, HEAD' : method)).join(', ')
}
