import { performance } from 'node:perf_hooks'
import { counter, gauge, type MetricSource } from './exposition.ts'

/** Figures of this process, under the names that dashboards know. */
export const processMetrics =
  (version: string): MetricSource =>
  () => {
    const { user, system } = process.cpuUsage()
    const { rss, heapUsed, external } = process.memoryUsage()
    return [
      { name: 'berth_info', help: 'What runs.', type: 'gauge', samples: [{ labels: { version }, value: 1 }] },
      counter('process_cpu_seconds_total', 'CPU time, user and system.', (user + system) / 1e6),
      gauge('process_resident_memory_bytes', 'Resident memory.', rss),
      gauge('process_start_time_seconds', 'When the process started, in Unix time.', performance.timeOrigin / 1000),
      gauge('nodejs_heap_size_used_bytes', 'Memory that is in use in the JavaScript heap.', heapUsed),
      gauge('nodejs_external_memory_bytes', 'Memory of buffers, outside of that heap.', external),
      counter(
        'berth_event_loop_active_seconds_total',
        'Time that the event loop was at work: a rate near 1 means that one core does not do.',
        performance.eventLoopUtilization().active / 1000,
      ),
    ]
  }
