import type { DigestAlgorithm } from '../../domain/digest.ts'
import { RunningHash } from '../../domain/running-hash.ts'
import type { UploadId } from '../../ports/rows/common.ts'
import type { UploadTurn } from './upload-turns.ts'

/**
 * How many hashes are kept for uploads between two requests. Where one was dropped, or the requests of an upload went
 * to several servers, the bytes are read again when the upload ends.
 */
const MOST = 1_000
/** Turns are counted from 1. */
const BEFORE_TURNS = 0

interface KeptHash {
  readonly running: RunningHash
  /** The turn that the hash is of, where turns are counted. The hash is good for the next turn only. */
  readonly turn: number | undefined
}

/** What a turn finds of the turn before. */
export interface FoundHash {
  readonly algorithm: DigestAlgorithm
  /** The hash of the bytes so far; undefined where another server had a turn between. */
  readonly running: RunningHash | undefined
  /** Whether the upload began on this server and has had no turn yet. Then the store has nothing of it. */
  readonly isNew: boolean
}

/** The running hashes of uploads, kept from one request to the next on the same server. */
export class KeptHashes {
  readonly #kept = new Map<UploadId, KeptHash>()

  /** Keeps the hash of an upload that begins. `isCounted` says whether the upload's turns are counted. */
  begin(id: UploadId, algorithm: DigestAlgorithm, isCounted: boolean): void {
    this.#keep(id, { running: new RunningHash(algorithm), turn: isCounted ? BEFORE_TURNS : undefined })
  }

  /** Takes out the hash that was kept. The turn keeps it again when it ends. */
  take({ row: { id }, number }: UploadTurn): FoundHash | undefined {
    const kept = this.#kept.get(id)
    this.#kept.delete(id)
    if (kept === undefined) return undefined
    const { running, turn } = kept
    const isNext = turn === undefined ? number === undefined : number === turn + 1
    return {
      algorithm: running.algorithm,
      running: isNext ? running : undefined,
      isNew: isNext && turn === BEFORE_TURNS,
    }
  }

  keep({ row: { id }, number }: UploadTurn, running: RunningHash): void {
    this.#keep(id, { running, turn: number })
  }

  forget(id: UploadId): void {
    this.#kept.delete(id)
  }

  #keep(id: UploadId, kept: KeptHash): void {
    this.#kept.set(id, kept)
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST) break
      this.#kept.delete(oldest)
    }
  }
}
