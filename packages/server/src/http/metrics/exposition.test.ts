import { expect, it } from 'vitest'
import { counter, formatMetrics, gauge } from './exposition.ts'

it('writes figures as Prometheus reads them', () => {
  const odd = { labels: { path: 'a "b" \\ c\nd', method: 'GET' }, value: 1.5 }
  expect(
    formatMetrics([
      counter('a_total', 'What came.', 3),
      gauge('b', 'What is.', Number.POSITIVE_INFINITY),
      { name: 'c', help: 'How long.', type: 'histogram', samples: [{ suffix: '_bucket', ...odd }] },
      { name: 'd', help: 'Nothing yet.', type: 'gauge', samples: [] },
    ]),
  ).toBe(`# HELP a_total What came.
# TYPE a_total counter
a_total 3
# HELP b What is.
# TYPE b gauge
b +Inf
# HELP c How long.
# TYPE c histogram
c_bucket{path="a \\"b\\" \\\\ c\\nd",method="GET"} 1.5
# HELP d Nothing yet.
# TYPE d gauge
`)
})
