/** The figures of one pass of the collector that is over. */
export interface PassRow {
  readonly ranBy: 'server' | 'admin'
  readonly startedAt: number
  readonly durationMs: number
  readonly uploadsExpired: number
  /** Images that lifecycle policies deleted. */
  readonly imagesExpired: number
  /** Images whose time in the bin was over. */
  readonly imagesPurged: number
  readonly blobsCollected: number
  readonly bytesCollected: number
  /**
   * Storage keys whose bytes were removed: keys of collected blobs, of expired uploads, and keys that earlier passes
   * left.
   */
  readonly keysRemoved: number
  /** Steps that failed, and bytes that could not be removed. The next pass tries them again. */
  readonly failures: number
}

/** The figures of the collector's last pass. */
export interface PassRows {
  /** Stores the figures of a pass, in the place of those of the pass before. */
  put(row: PassRow): Promise<void>
  last(): Promise<PassRow | undefined>
}
