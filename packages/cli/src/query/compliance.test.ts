import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { CommandError } from '../errors.ts'
import { formatJson } from '../python/format-json.ts'
import { parseJson } from '../python/parse-json.ts'
import { compileQuery } from './query.ts'

/** Some queries of one value: what each results in, or the kind of its error. */
interface Suite {
  readonly given: unknown
  readonly cases: readonly { readonly expression: string; readonly result?: unknown; readonly error?: string }[]
}

/** How the command line words each kind of error. */
const WORDS: Readonly<Record<string, RegExp>> = {
  syntax: /^Bad value for --query /,
  'invalid-arity': /^Expected (?:at least )?\d arguments? for function/,
  'invalid-type': /invalid type for value|not supported between|must be|requires/,
  'invalid-value': /^slice step cannot be zero$|^Bad value for --query /,
  'unknown-function': /^Unknown function: /,
}

// The public compliance cases of JMESPath, as the last release of jmespath.js that has them brings them (Apache-2.0).
const folder = join(dirname(createRequire(import.meta.url).resolve('jmespath/package.json')), 'test/compliance')
const suitesIn = (file: string): readonly Suite[] => JSON.parse(readFileSync(join(folder, file), 'utf8'))
const files = readdirSync(folder).sort()

/** What the query comes to, in JSON, or how its error is worded. */
function outcomeOf(expression: string, given: unknown): { readonly json: string } | { readonly message: string } {
  try {
    return { json: formatJson(compileQuery(expression)(parseJson(JSON.stringify(given)))) }
  } catch (error) {
    if (error instanceof CommandError) return { message: error.message }
    throw error
  }
}

it('has all of the cases', () => {
  const cases = files.flatMap(suitesIn).flatMap(suite => suite.cases)
  expect(cases.length).toBe(851)
  expect(cases.filter(({ error }) => error !== undefined).length).toBeGreaterThan(100)
})

it.each(files)('answers the queries in %s as every implementation of JMESPath does', file => {
  for (const { given, cases } of suitesIn(file)) {
    for (const { expression, result, error } of cases) {
      const outcome = outcomeOf(expression, given)
      if (error !== undefined)
        expect(outcome, expression).toEqual({ message: expect.stringMatching(WORDS[error] ?? /^$/) })
      else expect('json' in outcome ? JSON.parse(outcome.json) : outcome, expression).toEqual(result)
    }
  }
})
