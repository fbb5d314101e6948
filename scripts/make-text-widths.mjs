// node scripts/make-text-widths.mjs EastAsianWidth.txt: writes the table of packages/cli/src/output/text-width.ts anew,
// from a file of the Unicode Character Database such as https://www.unicode.org/Public/14.0.0/ucd/EastAsianWidth.txt.

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const LAST = 0x10ffff
const COLUMNS = 100
const target = fileURLToPath(new URL('../packages/cli/src/output/text-width.ts', import.meta.url))

const [source] = process.argv.slice(2)
if (source === undefined) {
  console.error('usage: node scripts/make-text-widths.mjs EastAsianWidth.txt')
  process.exit(2)
}
const { version, wide } = readWidths(readFileSync(source, 'utf8'))
const before = readFileSync(target, 'utf8')
const after = before
  .replace(/(?<=Unicode )\d+/g, version)
  .replace(/(?<=const WIDE = `\n)[^`]*(?=`)/, `${wrapped(runsOf(wide))}\n`)
writeFileSync(target, after)
console.log(after === before ? 'The table is as it was.' : `${target} is written.`)

/**
 * Which code points take two columns: those of width W, F and A, and those that the file does not list. By the
 * database those are narrow, as nobody has assigned them; the original takes them for wide, and so do its tables.
 *
 * @param {string} text
 */
function readWidths(text) {
  const version = /^# EastAsianWidth-(\d+)\./m.exec(text)?.[1]
  if (version === undefined) throw new Error(`${source} does not begin with the name and version of EastAsianWidth.txt`)
  const wide = new Uint8Array(LAST + 1).fill(1)
  for (const [, first = '', last = first, width = ''] of text.matchAll(
    /^([\dA-F]+)(?:\.\.([\dA-F]+))?\s*;\s*(\w+)/gm,
  )) {
    wide.fill(['W', 'F', 'A'].includes(width) ? 1 : 0, Number.parseInt(first, 16), Number.parseInt(last, 16) + 1)
  }
  return { version, wide }
}

/**
 * The runs of wide code points in the notation of the table.
 *
 * @param {Uint8Array} wide
 */
function runsOf(wide) {
  const runs = []
  let end = 0
  for (let first = wide.indexOf(1); first >= 0; first = wide.indexOf(1, end + 1)) {
    const narrow = wide.indexOf(0, first)
    const last = narrow < 0 ? LAST : narrow - 1
    runs.push((first - end).toString(36) + (last > first ? `+${(last - first).toString(36)}` : ''))
    end = last
  }
  return runs
}

/** @param {readonly string[]} words */
function wrapped(words) {
  const lines = ['']
  for (const word of words) {
    const line = lines.at(-1) ?? ''
    if (line === '') lines[lines.length - 1] = word
    else if (line.length + 1 + word.length <= COLUMNS) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines.join('\n')
}
