/**
 * What made something happen: a caller's request, a form of the gallery, a keep rule, the end of an image's time in
 * the bin, or an operator.
 */
export type Via = 'call' | 'gallery' | 'rule' | 'bin' | 'admin'

/** Who does something, and from where: what the audit log keeps of it. */
export interface Actor {
  /** The ARN of whoever acts, or a word for berth's own work. */
  readonly principal: string
  readonly sourceAddress?: string | undefined
  readonly via: Via
  /** Why it was done, for a person to read: the rule that asked for it, for example. */
  readonly reason?: string | undefined
}
