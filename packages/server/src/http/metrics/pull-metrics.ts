import type { PullNotes } from '../../registry/images/pull-notes.ts'
import type { MetricSource } from './exposition.ts'

/** Counts what became of the pulls that pages and documents tell of. */
export const pullMetrics =
  (pullNotes: PullNotes): MetricSource =>
  () => [
    {
      name: 'berth_pulls_total',
      help: 'Pulls of images, by whether their count was written or given up.',
      type: 'counter',
      samples: Object.entries(pullNotes.totals).map(([result, value]) => ({ labels: { result }, value })),
    },
  ]
