import { expect, it } from 'vitest'
import { base } from './base.css.ts'
import { pages } from './pages.css.ts'
import { parts } from './parts.css.ts'
import { tokens } from './tokens.css.ts'

const COLOR =
  /#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|hwb|lab|lch|oklab|oklch|color|color-mix|light-dark)\(|\b(?:white|black|red|gray|grey)\b(?!-)/gi

it('a color stands in the tokens, and nowhere else', () => {
  for (const [name, text] of Object.entries({ base, parts, pages })) expect(text.match(COLOR), name).toBeNull()
  expect(tokens.match(COLOR)?.length).toBeGreaterThan(10)
})

it('every color that a style names is a token, and every token is used', () => {
  const used = new Set(Array.from([base, parts, pages].join('').matchAll(/var\((--[\w-]+)/g), ([, name]) => name))
  const made = new Set(Array.from(tokens.matchAll(/(--[\w-]+):/g), ([, name]) => name))
  expect([...used].filter(name => !made.has(name))).toEqual([])
  expect([...made].filter(name => !used.has(name))).toEqual([])
})
