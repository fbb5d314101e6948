import type { Tag } from '../../../domain/names.ts'
import type { Page, RepositoryId } from '../common.ts'
import type { TagRow } from '../images/tags.ts'

/** Tags in the order in which people read versions (`naturalKey`). */
export interface TagOrderRows {
  /**
   * The repository's tags in that order, and those of one key by their bytes. A tag that a server of an older release
   * has written stands by its bytes until `fill` has been there.
   */
  list(repositoryId: RepositoryId, page: Page<Tag>): Promise<TagRow[]>
  /** Fills in what `list` goes by, for at most `limit` tags that lack it; returns how many there were. */
  fill(limit: number): Promise<number>
  /** Whether a tag lacks it. */
  isLacking(): Promise<boolean>
}
