/**
 * Why policies refuse. `noAllow`: the caller's own do not allow it. `noResourceAllow`: they do, and those of the other
 * account do not.
 */
export type Refusal = 'explicitDeny' | 'noAllow' | 'noResourceAllow'
