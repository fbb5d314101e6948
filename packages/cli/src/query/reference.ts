import type { Value } from '../python/value.ts'

/** An expression that is passed to a function as such, not as its value: `&size`. */
export class Reference {
  readonly apply: (value: Value) => Value
  constructor(apply: (value: Value) => Value) {
    this.apply = apply
  }
}
