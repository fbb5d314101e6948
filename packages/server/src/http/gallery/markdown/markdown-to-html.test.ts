import { describe, expect, it } from 'vitest'
import { markdownToHtml } from './markdown-to-html.ts'
import { createRenderMarkdown } from './render-markdown.ts'

const made = (text: string) => markdownToHtml(text, 'about-')

describe('Markdown', () => {
  it('has tables, marks for tasks, and headings below those of the page', () => {
    const markup = made('# One\n\n| a | b |\n|--:|---|\n| 1 | 2 |\n\n- [x] done\n- [ ] not yet\n')
    expect(markup).toContain('<h3 id="about-one">One</h3>')
    expect(markup).toContain('<div class="frame" tabindex="0" role="region" aria-label="Table"><table>')
    expect(markup).toMatch(/☑ done[\s\S]*☐ not yet/)
    expect(markup).not.toContain('<input')
  })

  it('asks no other server for anything: images are links', () => {
    expect(made('![badge](https://x.example/b.svg)')).toBe(
      '<p><a href="https://x.example/b.svg" rel="nofollow noopener ugc">badge</a></p>',
    )
    expect(made('[![b](https://x.example/b.svg)](https://x.example)')).toBe(
      '<p><a href="https://x.example" rel="nofollow noopener ugc">b</a></p>',
    )
  })

  it('links within itself lead to where they should, and relative ones nowhere', () => {
    expect(made('[x](#a-b)\n\n## A b\n\n## A b')).toBe(
      '<p><a href="#about-a-b">x</a></p>\n<h4 id="about-a-b">A b</h4>\n<h4 id="about-a-b-1">A b</h4>',
    )
    expect(made('[x](docs/a.md) [y](/etc) [z](//evil.example)')).toBe('<p><a>x</a> <a>y</a> <a>z</a></p>')
    const markup = made('note[^1]\n\n[^1]: text')
    for (const [, id = ''] of markup.matchAll(/href="#([^"]+)"/g)) expect(markup).toContain(`id="${id}"`)
  })

  it('nests no deeper than there is room', () => {
    const markup = made(`${'>'.repeat(500)} deep`)
    expect(markup.match(/<blockquote>/g)?.length).toBeLessThan(20)
    expect(markup).toContain('deep')
  })
})

describe('rendering', () => {
  it('makes each text once, whoever asks at the same time', async () => {
    let times = 0
    const render = createRenderMarkdown(async text => {
      times += 1
      return `<p>${text.length}</p>`
    })
    const all = await Promise.all([render('abc', 'a-'), render('abc', 'a-'), render('abc', 'a-')])
    expect(all.map(String)).toEqual(['<p>3</p>', '<p>3</p>', '<p>3</p>'])
    expect(times).toBe(1)
    expect(String(await render('abc', 'b-'))).toBe('<p>3</p>')
    expect(times).toBe(2)
  })

  it('shows a text as it was written where nothing can be made of it, or too much', async () => {
    const failing = createRenderMarkdown(async () => undefined)
    expect(String(await failing('<b> & *x*', 'a-'))).toBe('<pre class="written" tabindex="0">&lt;b&gt; &amp; *x*</pre>')
    const growing = createRenderMarkdown(async () => '<td></td>'.repeat(100_000))
    expect(String(await growing('|', 'a-'))).toContain('<pre class="written"')
  })

  it('keeps a page waiting no longer than it may, and makes the text all the same', async () => {
    let finish = (_: string) => {}
    const slow = createRenderMarkdown(() => new Promise(resolve => (finish = resolve)), 1)
    expect(String(await slow('*x*', 'a-'))).toContain('*x*')
    finish('<em>x</em>')
    await expect.poll(async () => String(await slow('*x*', 'a-'))).toBe('<em>x</em>')
  })
})
