import type { SignInResult } from '../gallery/sign-in/sign-in.ts'
import type { MetricSource } from './exposition.ts'

/** Counts how sign-ins to the gallery end. */
export class SignInMetrics {
  readonly #ended: Record<SignInResult, number> = { done: 0, refused: 0, limited: 0 }

  readonly note = (result: SignInResult): void => {
    this.#ended[result] += 1
  }

  readonly source: MetricSource = () => [
    {
      name: 'berth_gallery_sign_ins_total',
      help: 'Sign-ins to the gallery, by how they ended.',
      type: 'counter',
      samples: Object.entries(this.#ended).map(([result, value]) => ({ labels: { result }, value })),
    },
  ]
}
