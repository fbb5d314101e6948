/** A server that holds rows which it shares with others. */
export interface ServerRow {
  readonly serverId: string
  /** When the server counts as gone. A server that runs puts this off. */
  readonly presentUntil: number
}

/**
 * Which servers hold the rows, where they share them. A server alone is not here: it has the lock of its data folder.
 */
export interface ServerRows {
  /** Makes or renews the server's row, and takes those away whose time was over at `staleAt`. */
  put(row: ServerRow, staleAt: number): Promise<void>
  remove(serverId: string): Promise<void>
  list(): Promise<ServerRow[]>
}
