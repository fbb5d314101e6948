/** Sessions of the gallery that their users have ended. Each is kept for as long as its cookie would be good. */
export interface EndedSessionRows {
  /** Ends a session, once or again. The session is remembered until `forgetAfter`. */
  end(sessionId: string, forgetAfter: number): Promise<void>
  /** Forgets at most `limit` sessions whose `forgetAfter` was before `now`, and returns how many. */
  forget(now: number, limit: number): Promise<number>
  isEnded(sessionId: string): Promise<boolean>
}
