import { createHash } from 'node:crypto'
import { base } from './base.css.ts'
import { MARK_SVG } from './mark.ts'
import { pages } from './pages.css.ts'
import { parts } from './parts.css.ts'
import { script } from './script.ts'
import { suggest } from './suggest.ts'
import { tokens } from './tokens.css.ts'

export interface Asset {
  /** The file's name. It has a hash of the content, so that any cache may keep the file for good. */
  readonly name: string
  readonly mediaType: string
  readonly bytes: Buffer
}

const asset = (name: string, ending: string, mediaType: string, text: string): Asset => {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12)
  return { name: `${name}.${hash}.${ending}`, mediaType, bytes: Buffer.from(text) }
}

/** The style sheet without the blanks that are there for whoever reads the source. */
const pressed = (css: string): string =>
  css
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};]) ?/g, '$1')
    .replace(/([:,]) /g, '$1')

const SHEETS = [tokens, base, parts, pages].join('\n')
export const STYLE = asset('gallery', 'css', 'text/css; charset=utf-8', pressed(SHEETS))
export const SCRIPT = asset('gallery', 'js', 'text/javascript; charset=utf-8', script + suggest)
export const ICON = asset('berth', 'svg', 'image/svg+xml', MARK_SVG)

const ALL = new Map([STYLE, SCRIPT, ICON].map(each => [each.name, each]))

export const findAsset = (name: string): Asset | undefined => ALL.get(name)
export const assetPath = ({ name }: Asset): string => `/-/assets/${name}`
