import type { Removals } from '../../registry/blobs/removals.ts'
import type { Uploads } from '../../registry/blobs/uploads.ts'
import type { RegistryContext } from '../../registry/context.ts'
import type { FindExpiring } from '../../registry/lifecycle/previews.ts'
import type { ControlCaller } from '../access/control-caller.ts'

/** The parts that the handlers work with: the use cases, and what those need. They are made once. */
export interface ControlDependencies {
  readonly context: RegistryContext
  readonly uploads: Uploads
  readonly removals: Removals
  /** Evaluates lifecycle rules on another thread than the one that answers. */
  readonly findExpiring?: FindExpiring | undefined
  /** Whether the server has pages for browsers. Undefined means that it has. */
  readonly hasGallery?: boolean | undefined
}

/** One authenticated call. */
export interface ControlCall {
  readonly caller: ControlCaller
  /** The host that repository URIs begin with, such as `registry.example.com:5000`. */
  readonly registryHost: string
  /** The URL of this server, without a slash at the end. Logo links begin with it. */
  readonly publicUrl: string
  /**
   * Asks for room for an answer of so many bytes, before more than a little of it is read.
   * @throws RegistryError `unavailable`
   */
  readonly makeRoom: (answerBytes?: number) => Promise<void>
  /** Adds a warning to the answer of a call that succeeds. */
  readonly warn: (text: string) => void
}
