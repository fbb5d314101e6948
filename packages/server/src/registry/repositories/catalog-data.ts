import { randomUUID } from 'node:crypto'
import type { Actor } from '../../domain/actor.ts'
import { readImageHeader } from '../../domain/image-header.ts'
import { RegistryError } from '../../domain/problem.ts'
import type { Rows } from '../../ports/metadata-store.ts'
import type { CatalogData, RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import type { Logo } from '../../ports/rows/repositories/repository-settings.ts'
import { requireAuditRoom } from '../access/account-quotas.ts'
import { recordDeeds } from '../audit.ts'
import type { RegistryContext, RepositoryRef } from '../context.ts'
import { requireDiskRoom } from '../disk-room.ts'
import { readAgain } from './repository-ref.ts'

/** The pixels that each side may have (ECR Public, "Repository catalog data"). */
const LOGO_SIDE = { min: 60, max: 2_048 }

/** The bytes of the largest logo that the API takes. */
export const LOGO_LIMIT_BYTES = 512_000

/** The catalog data that a caller writes: the texts, and what to do about the logo. Absent, the logo stays. */
export interface CatalogInput {
  readonly texts: Omit<CatalogData, 'logoId'>
  readonly logo: Logo | 'keep' | 'remove'
}

/**
 * Reads a logo from bytes that a caller sent: PNG, JPEG or GIF. SVG is refused, since it may carry scripts.
 * @throws RegistryError `parameterInvalid` for `member`
 */
export function parseLogo(bytes: Buffer, member: string): Logo {
  const refuse = (constraint: string) => new RegistryError({ kind: 'parameterInvalid', member, constraint })
  const header = readImageHeader(bytes)
  if (header === undefined) throw refuse('Member must be a PNG, JPEG or GIF image')
  const fits = (pixels: number) => pixels >= LOGO_SIDE.min && pixels <= LOGO_SIDE.max
  if (!fits(header.width) || !fits(header.height))
    throw refuse(`Member must be an image of ${LOGO_SIDE.min} to ${LOGO_SIDE.max} pixels a side`)
  const { mediaType, extension } = header
  return { logoId: `${randomUUID()}.${extension}`, mediaType, bytes }
}

/**
 * Replaces a repository's catalog data as a whole, except for a logo that is to be kept.
 * @throws RegistryError as `readAgain`
 */
export async function putCatalogData(
  context: RegistryContext,
  actor: Actor,
  repository: RepositoryRef,
  input: CatalogInput,
): Promise<CatalogData> {
  const { metadata, clock } = context
  await requireAuditRoom(context, actor, repository)
  await requireDiskRoom(context)
  return metadata.transaction(async rows =>
    storeCatalogData(rows, actor, await readAgain(rows, repository), input, clock.now()),
  )
}

/** Stores catalog data in the caller's transaction. `repository` is the row as the transaction sees it. */
export async function storeCatalogData(
  rows: Rows,
  actor: Actor,
  repository: RepositoryRow,
  { texts, logo }: CatalogInput,
  now: number,
): Promise<CatalogData> {
  const stored = await chooseLogo(rows, repository, logo)
  const data = { ...texts, logoId: stored?.logoId }
  await rows.repositorySettings.setCatalogData(repository.id, data, stored)
  const { accountId, name } = repository
  const deed = {
    action: 'PutRepositoryCatalogData' as const,
    accountId,
    repository: name,
    detail: JSON.stringify(data),
  }
  await recordDeeds(rows, actor, now, [deed])
  return data
}

async function chooseLogo(
  rows: Rows,
  repository: RepositoryRow,
  logo: CatalogInput['logo'],
): Promise<Logo | undefined> {
  if (logo === 'remove') return undefined
  if (logo !== 'keep') return logo
  const logoId = repository.catalogData?.logoId
  return logoId === undefined ? undefined : rows.repositorySettings.logo(logoId)
}
