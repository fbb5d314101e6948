import type { Tag } from '../../../domain/names.ts'
import type { Page, RepositoryId } from '../common.ts'
import type { TagRow } from '../images/tags.ts'

/** Tags in the order in which people read versions (`naturalKey`). */
export interface TagOrderRows {
  /**
   * The repository's tags in the order of their keys; tags of one key in the order of their bytes. A tag that a server
   * of an older release has written stands by its bytes until `fill` has been there.
   */
  list(repositoryId: RepositoryId, page: Page<Tag>): Promise<TagRow[]>
  /** Fills the keys in for at most `limit` tags that lack them. Returns how many tags there were. */
  fill(limit: number): Promise<number>
  /** Whether a tag lacks its key. */
  isLacking(): Promise<boolean>
}
