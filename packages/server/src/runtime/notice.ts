/** Lets one part of the server tell another that something came, and no more than that. Nobody may listen. */
export class Notice {
  #listener: () => void = () => {}

  tell(): void {
    this.#listener()
  }

  /** There is one listener: a second one takes the place of the first. */
  hear(listener: () => void): void {
    this.#listener = listener
  }
}
