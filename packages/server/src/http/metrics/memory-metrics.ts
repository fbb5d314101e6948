import type { MemoryBudget } from '../memory-budget.ts'
import { gauge, type MetricSource } from './exposition.ts'

/** Figures of what clients make the server hold: all of it, the most of one holder, and what was refused. */
export const memoryMetrics =
  (memory: MemoryBudget): MetricSource =>
  () => {
    const { limitBytes, heldBytes, waiting, largestBytes, refused } = memory.figures()
    const by = (label: string, values: Readonly<Record<string, number>>) =>
      Object.entries(values).map(([name, value]) => ({ labels: { [label]: name }, value }))
    return [
      gauge('berth_memory_budget_bytes', 'What clients together may make the server hold.', limitBytes),
      gauge('berth_memory_held_bytes', 'What they make it hold.', heldBytes),
      gauge('berth_memory_waiting_requests', 'Requests that wait for memory, and hold none.', waiting),
      {
        name: 'berth_memory_largest_share_bytes',
        help: 'The most that one address, key or account holds.',
        type: 'gauge',
        samples: by('holder', largestBytes),
      },
      {
        name: 'berth_memory_refusals_total',
        help: 'Times that memory was asked for in vain: there was none left, or its asker had its share.',
        type: 'counter',
        samples: by('full', refused),
      },
    ]
  }
