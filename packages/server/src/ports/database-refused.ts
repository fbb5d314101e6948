/** A database was opened and refused, and stays as it is. The message tells an operator why, and what to do. */
export class DatabaseRefused extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'DatabaseRefused'
  }
}

/** No registry is at this place, and none was to be made. */
export class NoRegistry extends DatabaseRefused {
  constructor(place: string) {
    super(
      `There is no registry in ${place}, and nothing was made. Say where it is with --data-dir or --database, or make ` +
        'one with `berthd init`.',
    )
    this.name = 'NoRegistry'
  }
}
