import { parseRepositoryName } from '../../domain/names.ts'
import type { UploadId } from '../../ports/rows/common.ts'
import type { RepositoryRow } from '../../ports/rows/repositories/repositories.ts'
import type { RepositoryRef } from '../../registry/context.ts'
import { refTo } from '../../registry/repositories/repository-ref.ts'
import { ACCOUNT, ALIAS } from '../temporary-registry.ts'
import type { State, Verdict } from './model.ts'
import type { MortalServer } from './mortal-server.ts'
import type { Blob, RepositoryName } from './universe.ts'

/** An upload that a client has begun, as the client knows it. */
export interface OpenUpload {
  readonly repository: RepositoryRef
  readonly id: UploadId
  readonly blob: Blob
}

/** One life of the server, and what its clients remember. */
export interface World {
  readonly server: MortalServer
  readonly uploads: Map<number, OpenUpload>
}

/** Something that a client or the server itself does. */
export interface Action {
  /** What the action is, for the report of a failure. */
  readonly text: string
  /** Does it, and returns the answer in the names of `universe.ts`. */
  run(world: World): Promise<unknown>
  /** The steps on the way to the answer, each in a moment of its own. */
  readonly phases?: readonly ((state: State) => State)[]
  /** What the documentation says of the action, or of its end where it has phases. */
  judge(state: State): Verdict
}

/**
 * Runs work on a repository as a handler does: it finds the repository by name first, so the repository may be gone
 * when the work begins.
 */
export async function inRepository<T>(
  { server }: World,
  name: RepositoryName,
  work: (repository: RepositoryRow, ref: RepositoryRef) => Promise<T>,
): Promise<T | string> {
  const row = await server.context.metadata.rows.repositories.find(ACCOUNT, parseRepositoryName(name))
  if (row === undefined) return 'repositoryNotFound'
  return server.answer(() => work(row, { ...refTo(row), registryId: ALIAS }))
}
