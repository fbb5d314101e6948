import { parentPort, workerData } from 'node:worker_threads'
import type { SettingValues } from '../config/settings.ts'
import { type CoreProblem, RegistryError } from '../domain/problem.ts'
import type { RepositoryId } from '../ports/rows/common.ts'
import { type ExpiringImage, expiringOf, readForRules } from '../registry/lifecycle/evaluation.ts'
import { parsePolicyText } from '../registry/lifecycle/policies.ts'
import { openOnThread } from '../storage/open-on-thread.ts'

/** The task of the thread: the rules to evaluate, for a repository and a time. */
export interface PreviewTask {
  readonly config: SettingValues
  readonly repositoryId: RepositoryId
  readonly policyText: string
  readonly at: number
}

/**
 * The messages of the thread: that it is done with the database, the images that would go, a few at a time, or why that
 * cannot be told. The thread's end is the end of the list.
 */
export type PreviewNews =
  | { readonly hasRead: true }
  | { readonly images: readonly ExpiringImage[] }
  | { readonly problem: CoreProblem }
  | { readonly error: unknown }

/** The tags of one message: few enough for one turn of the server. */
const TAGS = 5_000
const CONNECTIONS = 1

const { config, repositoryId, policyText, at } = workerData as PreviewTask
const tell = (news: PreviewNews) => parentPort?.postMessage(news)

/** The repository with its images. The database is closed once they are read. */
async function read() {
  await using registry = await openOnThread(config, CONNECTIONS)
  const { metadata } = registry
  const repository = await metadata.rows.repositories.get(repositoryId)
  return repository && { repository, images: await readForRules(metadata, repository, at) }
}

try {
  const policy = parsePolicyText(policyText)
  const found = await read()
  tell({ hasRead: true })
  const expiring = found === undefined ? [] : expiringOf(found.images, found.repository, policy, at)
  for (const slice of slicesOf(expiring)) tell({ images: slice })
} catch (error) {
  tell(error instanceof RegistryError ? { problem: error.problem } : { error })
}

function* slicesOf(images: readonly ExpiringImage[]): Generator<ExpiringImage[]> {
  let slice: ExpiringImage[] = []
  let tags = 0
  for (const image of images) {
    slice.push(image)
    tags += 1 + image.tags.length
    if (tags < TAGS) continue
    yield slice
    slice = []
    tags = 0
  }
  yield slice
}
