import { BackupRefused } from '../../ports/backup-folder.ts'
import type { Clock } from '../../ports/clock.ts'
import type { MoveRow } from '../../ports/rows/move/moves.ts'
import { MoveRefused, MoveTarget, requireEmpty, type Storage } from '../move/move-target.ts'
import type { CheckedBackup } from './check-backup.ts'

/** The beginning of the ids of restores, among those of moves. */
const RESTORE = 'restore:'
/** The text by which the target remembers that it has all rows. */
const ROWS = 'rows'

/** Whether a restore to this place was begun and has not ended. Nobody serves from it. */
export const isUnfinishedRestore = (target: Pick<MoveRow, 'moveId' | 'state'> | undefined): boolean =>
  target?.state === 'copying' && target.moveId.startsWith(RESTORE)

/** An empty place that a backup is restored to, or one where a restore was not ended. */
export class RestoreTarget extends MoveTarget {
  /** @throws BackupRefused where the place holds anything else */
  static async begin(
    target: Storage,
    clock: Clock,
    { manifest: { id, tables }, folder: { place } }: Pick<CheckedBackup, 'manifest' | 'folder'>,
  ): Promise<RestoreTarget> {
    const found = await target.metadata.rows.moves.find('target')
    if (found === undefined) await requireNothing(target, name => tables.some(table => table.name === name))
    else requireUnfinished(found, target)
    const restore = new RestoreTarget(target, clock)
    const moveId = RESTORE + id
    await restore.take({ moveId, otherEnd: place }, other => {
      requireUnfinished(other, target)
      if (other.stopId === ROWS)
        throw new BackupRefused(
          `${target.place} has another backup, whose restore has nearly ended. Run that one again (of ` +
            `${other.otherEnd}), or name an empty place.`,
        )
    })
    return restore
  }

  /** Whether an earlier run has put all rows in. */
  hasRows(): Promise<boolean> {
    return this.onTarget(async (_, row) => row.stopId === ROWS)
  }

  noteRows(): Promise<void> {
    return this.changeTarget({ stopId: ROWS })
  }
}

function requireUnfinished(found: MoveRow, { place }: Storage): void {
  if (!isUnfinishedRestore(found))
    throw new BackupRefused(`${place} is not empty: a registry is there. A backup is restored to an empty place only.`)
}

async function requireNothing(target: Storage, isThere: (table: string) => boolean): Promise<void> {
  try {
    await requireEmpty(target, isThere)
  } catch (error) {
    if (!(error instanceof MoveRefused)) throw error
    throw new BackupRefused(`${error.message} A backup is restored to an empty place only.`)
  }
}
