/** A figure with its name, as Prometheus has it ("Metric types"). */
export interface Metric {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly samples: readonly Sample[]
}

export interface Sample {
  /** `_bucket`, `_sum` or `_count` for the samples of a histogram. */
  readonly suffix?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

/** Gives figures as they are at the moment of asking. */
export type MetricSource = () => readonly Metric[] | Promise<readonly Metric[]>

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export const counter = (name: string, help: string, value: number): Metric => one('counter', name, help, value)
export const gauge = (name: string, help: string, value: number): Metric => one('gauge', name, help, value)
const one = (type: Metric['type'], name: string, help: string, value: number): Metric => ({
  name,
  help,
  type,
  samples: [{ value }],
})

/** Figures in the text format of Prometheus ("Exposition formats"). */
export function formatMetrics(metrics: readonly Metric[]): string {
  return metrics.map(formatMetric).join('')
}

function formatMetric({ name, help, type, samples }: Metric): string {
  const lines = samples.map(({ suffix = '', labels = {}, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${quoted(text)}"`)
    return `${name}${suffix}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${formatValue(value)}\n`
  })
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' }
const quoted = (text: string) => text.replace(/[\\"\n]/g, character => ESCAPES[character] ?? '')

const formatValue = (value: number) => (value === Number.POSITIVE_INFINITY ? '+Inf' : String(value))
