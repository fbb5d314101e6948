/** A piece of a page. Nothing else counts as markup: no parsed document can have the private member. */
export class Html {
  readonly #markup: string

  private constructor(markup: string) {
    this.#markup = markup
  }

  /** Makes a piece of markup that a template of this package wrote, or that was sanitized. */
  static trusted(markup: string): Html {
    return new Html(markup)
  }

  toString(): string {
    return this.#markup
  }
}

/** What may stand between the parts of a template. Undefined, null and false add nothing. */
export type Content = Html | string | number | undefined | null | false | readonly Content[]

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, mark => ESCAPES[mark] ?? mark)

function render(content: Content): string {
  if (content === undefined || content === null || content === false) return ''
  if (content instanceof Html) return content.toString()
  if (typeof content === 'string') return escaped(content)
  if (typeof content === 'number') return String(content)
  if (Array.isArray(content)) return content.map(render).join('')
  // A cast let it through: an object has no place in a page.
  throw new TypeError('what stands in a page must be text, a number or markup')
}

/** Makes markup and escapes every value in it. Attributes must stand in double quotes. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  let markup = parts[0] ?? ''
  for (const [index, value] of values.entries()) markup += render(value) + (parts[index + 1] ?? '')
  return Html.trusted(markup)
}
