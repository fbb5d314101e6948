import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Content, Html, html } from './html.ts'

it('escapes every text, in text and in attributes', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', 'a', '/') }), text => {
      const markup = html`<a title="${text}">${text}</a>`.toString()
      const [, title = '', inside = ''] = /^<a title="([^"<>]*)">([^"<>']*)<\/a>$/.exec(markup) ?? []
      const back = (escaped: string) =>
        escaped
          .replaceAll('&lt;', '<')
          .replaceAll('&gt;', '>')
          .replaceAll('&quot;', '"')
          .replaceAll('&#39;', "'")
          .replaceAll('&amp;', '&')
      expect([back(title), back(inside)]).toEqual([text, text])
    }),
  )
})

it('puts its own pieces, lists and numbers together, and nothing for nothing', () => {
  const items = ['a<', 2, html`<b>${'&'}</b>`]
  expect(html`<ul>${items.map(each => html`<li>${each}</li>`)}</ul>${undefined}${false}`.toString()).toBe(
    '<ul><li>a&lt;</li><li>2</li><li><b>&amp;</b></li></ul>',
  )
})

it('takes no object for markup, whatever its members say', () => {
  for (const forged of [{ isEscaped: true }, { toString: () => '<script>' }, JSON.parse('{"markup":"<b>"}')])
    expect(() => html`${forged as unknown as Content}`).toThrow(TypeError)
  expect(html`${Html.trusted('<i></i>')}`.toString()).toBe('<i></i>')
})
