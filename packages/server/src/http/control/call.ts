import type { Removals } from '../../registry/blobs/removals.ts'
import type { Uploads } from '../../registry/blobs/uploads.ts'
import type { RegistryContext } from '../../registry/context.ts'
import type { FindExpiring } from '../../registry/lifecycle/previews.ts'
import type { ControlCaller } from '../access/control-caller.ts'

/** What the handlers work with: the use cases and what those need. Made once. */
export interface ControlDependencies {
  readonly context: RegistryContext
  readonly uploads: Uploads
  readonly removals: Removals
  /** Looks at lifecycle rules elsewhere than on the thread that answers. */
  readonly findExpiring?: FindExpiring | undefined
}

/** One authenticated call. */
export interface ControlCall {
  readonly caller: ControlCaller
  /** The host that repository URIs begin with, such as `registry.example.com:5000`. */
  readonly registryHost: string
  /** Where this server is reached, without a slash at the end: logo links begin with it. */
  readonly publicUrl: string
  /**
   * To be called before more than a little of the answer is read: the call has room for so many bytes of it then.
   * @throws RegistryError `unavailable`
   */
  readonly makeRoom: (answerBytes?: number) => Promise<void>
  /** Says something to the caller of a call that succeeds. */
  readonly warn: (text: string) => void
}
