const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Characters that XML 1.0 cannot hold, escaped or not (section 2.2). */
const NO_XML = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu

/** Text as it stands between two tags. */
const escaped = (text: string): string =>
  text.replace(NO_XML, '\ufffd').replace(/[&<>"]/g, character => ESCAPES[character] ?? character)

/** Elements with nothing but text in them, one for each member. */
export const texts = (members: Readonly<Record<string, string>>): string =>
  Object.entries(members)
    .map(([name, text]) => `<${name}>${escaped(text)}</${name}>`)
    .join('')

/** An element with elements in it. `tag` may have attributes. */
export const element = (tag: string, ...elements: readonly string[]): string =>
  `<${tag}>${elements.join('')}</${tag.split(' ', 1)[0]}>`
