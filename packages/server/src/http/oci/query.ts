import { RegistryError } from '../../domain/problem.ts'

/**
 * The parameters of a request's URL. A bare `+` is a plus, as in media types and digests: nothing that the registry
 * takes as a parameter has a blank.
 */
export class Query {
  readonly #parameters: URLSearchParams

  /** `text` is the query without the `?`. */
  constructor(text: string) {
    this.#parameters = new URLSearchParams(text.includes('+') ? text.replaceAll('+', '%2B') : text)
  }

  /**
   * The parameter's value; undefined where there is none. Of two values one would be passed over, and nobody told.
   * @throws RegistryError `parameterInvalid`
   */
  one(name: string): string | undefined {
    const [value, ...others] = this.#parameters.getAll(name)
    if (others.length > 0)
      throw new RegistryError({ kind: 'parameterInvalid', member: name, constraint: 'Member must be given once' })
    return value
  }

  all(name: string): string[] {
    return this.#parameters.getAll(name)
  }
}
