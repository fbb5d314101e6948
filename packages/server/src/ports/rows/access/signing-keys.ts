export interface SigningKeyRow {
  readonly id: string
  readonly sealedKey: string
  readonly createdAt: number
  /** Tokens are signed with the newest key before this time, and refused after it. */
  readonly expiresAt: number
}

export interface SigningKeyRows {
  add(row: SigningKeyRow): Promise<void>
  /** All keys, the newest first. */
  list(): Promise<SigningKeyRow[]>
  delete(id: string): Promise<boolean>
}
