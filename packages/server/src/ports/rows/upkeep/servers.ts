/** A server that holds rows which it shares with others. */
export interface ServerRow {
  readonly serverId: string
  /** The time from which the server counts as gone. A server that runs puts it off. */
  readonly presentUntil: number
}

/**
 * The servers that hold the rows, where several share them. A server that shares its rows with no other is not here: it
 * has the lock of its data folder.
 */
export interface ServerRows {
  /** Makes or renews the server's row, and takes the rows away whose time was over at `staleAt`. */
  put(row: ServerRow, staleAt: number): Promise<void>
  remove(serverId: string): Promise<void>
  list(): Promise<ServerRow[]>
}
