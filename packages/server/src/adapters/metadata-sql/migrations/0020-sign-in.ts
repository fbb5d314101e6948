import type { SqlEngine } from '../engine.ts'

/**
 * Sessions of the gallery that were ended, and links that sign in once. A server of the release before has no sessions,
 * and takes the cookie of one for nothing.
 */
export const signIn = ({ text, keyedTable }: SqlEngine): string[] => [
  `create table ended_sessions (
    session_id ${text} not null primary key,
    forget_after bigint not null
  ) ${keyedTable}`,
  `create index ended_sessions_forget on ended_sessions (forget_after)`,
  `create table sign_in_links (
    hash ${text} not null primary key,
    access_key_id ${text} not null,
    good_until bigint not null
  ) ${keyedTable}`,
  `create index sign_in_links_good on sign_in_links (good_until)`,
]
