import type { SqlEngine } from '../engine.ts'

/** Lets a server ask the one that is at work on an upload to store what came, or to let go of it. */
export const uploadWishes = ({ text }: SqlEngine): string[] => [`alter table uploads add column wish ${text}`]
