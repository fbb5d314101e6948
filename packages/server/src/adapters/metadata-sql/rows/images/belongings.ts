import type { Kysely } from 'kysely'
import type { Digest } from '../../../../domain/digest.ts'
import type { RepositoryId } from '../../../../ports/rows/common.ts'
import type { Belonging, BelongingRows } from '../../../../ports/rows/images/belongings.ts'
import { readInChunks, readUpTo } from '../../chunks.ts'
import type { Schema } from '../../schema.ts'

export function belongingRows(db: Kysely<Schema>): BelongingRows {
  const among = (repositoryId: RepositoryId, chunk: readonly Digest[]) =>
    db.selectFrom('manifests').select('digest').where('repository_id', '=', repositoryId).where('digest', 'in', chunk)
  const liveAmong = async (
    repositoryId: RepositoryId,
    digests: readonly Digest[],
    narrow: (query: ReturnType<typeof among>) => ReturnType<typeof among>,
  ) => {
    const found = await readInChunks(digests, chunk => narrow(among(repositoryId, chunk)).execute())
    return new Set(found.map(row => row.digest))
  }

  return {
    children: (repositoryId, parents, limit) =>
      readUpTo(parents, limit, (chunk, left) =>
        db
          .selectFrom('manifest_children')
          .select(['child as digest', 'parent as of'])
          .where('repository_id', '=', repositoryId)
          .where('parent', 'in', chunk)
          .orderBy('parent')
          .orderBy('child')
          .limit(left)
          .execute(),
      ),

    attached: (repositoryId, subjects, limit) =>
      readUpTo(subjects, limit, async (chunk, left) => {
        const found = await db
          .selectFrom('manifests')
          .select(['digest', 'subject'])
          .where('repository_id', '=', repositoryId)
          .where('subject', 'in', chunk)
          .orderBy('subject')
          .orderBy('digest')
          .limit(left)
          .execute()
        return found.map(({ digest, subject }) => ({ digest, of: subject as Digest }))
      }),

    belonging: (repositoryId, digests) =>
      liveAmong(repositoryId, digests, chunk =>
        chunk.where(({ or, eb, exists, selectFrom }) =>
          or([
            eb('subject', 'is not', null),
            exists(
              selectFrom('manifest_children')
                .select('parent')
                .whereRef('manifest_children.repository_id', '=', 'manifests.repository_id')
                .whereRef('manifest_children.child', '=', 'manifests.digest'),
            ),
          ]),
        ),
      ),

    tagged: (repositoryId, digests) =>
      liveAmong(repositoryId, digests, chunk =>
        chunk.where(({ exists, selectFrom }) =>
          exists(
            selectFrom('tags')
              .select('tags.tag')
              .whereRef('tags.repository_id', '=', 'manifests.repository_id')
              .whereRef('tags.digest', '=', 'manifests.digest'),
          ),
        ),
      ),
  }
}
