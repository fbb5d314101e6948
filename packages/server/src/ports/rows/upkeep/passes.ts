/** One pass of the collector, when it is over. */
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
  /** Storage keys whose bytes went: of collected blobs, of expired uploads, and what was left from before. */
  readonly keysRemoved: number
  /** Steps that failed and bytes that would not go; they are tried again. */
  readonly failures: number
}

/** The figures of the collector's last pass. */
export interface PassRows {
  /** Keeps a pass in the place of the one before it. */
  put(row: PassRow): Promise<void>
  last(): Promise<PassRow | undefined>
}
