/** Sessions of the gallery that their users have ended. Each is kept for as long as its cookie would be good. */
export interface EndedSessionRows {
  /** Ends a session, once or again, and forgets those whose time was over at `now`. */
  end(sessionId: string, forgetAfter: number, now: number): Promise<void>
  isEnded(sessionId: string): Promise<boolean>
}
