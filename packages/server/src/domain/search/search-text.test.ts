import { describe, expect, it } from 'vitest'
import { facetsFrom, facetsOf, lexemesOf, wantedOf } from './lexemes.ts'
import { platformWord } from './platform-words.ts'
import { readSearchText } from './search-text.ts'
import { singularOf, wordsOf } from './search-words.ts'

describe('words', () => {
  it.each([
    ['project-a/nginx_web.app', ['project', 'a', 'nginx', 'web', 'app']],
    ['Crème BRÛLÉE №1', ['creme', 'brulee', 'no1']],
    ['東京タワー x', ['東', '京', 'タ', 'ワ', 'x']],
    ['İstanbul ﬁne ３', ['istanbul', 'fine', '3']],
    ['🚢 \0 \ud800 … --', []],
    ['हिन्दी', ['हनद']],
  ])('of %s', (text, words) => {
    expect(wordsOf(text).filter(word => word !== 'ー')).toEqual(words)
  })

  it('are cut between characters where they are long', () => {
    expect(wordsOf('𝒳'.normalize('NFKD').repeat(100))).toEqual(['x'.repeat(64)])
    expect(wordsOf('𐐨'.repeat(100))).toEqual(['𐐨'.repeat(64)])
  })

  it('lose the ending of a plural, and nothing else', () => {
    const pairs = { images: 'image', registries: 'registry', redis: 'redi', class: 'class', aws: 'aws', virus: 'virus' }
    for (const [word, singular] of Object.entries(pairs)) expect([word, singularOf(word)]).toEqual([word, singular])
  })
})

describe('a text that was typed', () => {
  it('is a name where it may be one, and has at most eight terms, the last of which may go on', () => {
    expect(readSearchText(' Acme/Web-app ')).toEqual({
      name: 'acme/web-app',
      terms: [
        { word: 'acme', beginning: undefined },
        { word: 'web', beginning: undefined },
        { word: 'app', beginning: 'app' },
      ],
    })
    expect(readSearchText('two words x')).toMatchObject({ name: undefined, terms: [{}, {}, { beginning: undefined }] })
    expect(readSearchText('redis redis images').terms).toEqual([
      { word: 'redi', beginning: undefined },
      { word: 'image', beginning: 'images' },
    ])
    expect(readSearchText(Array.from({ length: 100 }, (_, at) => `w${at}`).join(' ')).terms).toHaveLength(8)
    expect(readSearchText(`${'-'.repeat(500)}beyond`)).toEqual({ name: undefined, terms: [] })
  })
})

it('lexemes have a word once for each weight that it counts in', () => {
  const texts = { name: 'web', publisher: 'acme', description: 'images', about: 'web' }
  expect(lexemesOf(texts, facetsFrom(true, ['linux/amd64', 'linux/arm64/v8']))).toEqual([
    ...['verified', 'oslinux', 'archamd64', 'onlinux·amd64', 'archarm64', 'onlinux·arm64'],
    ...['6we', '6web', '5we', '5web', '1web', '6ac', '6acm', '6acme', '2web', '2acme'],
    ...['6im', '6ima', '6imag', '6image', '6images', '3web', '3acme', '3images', '3image'],
    ...['4web', '4acme', '4images', '4image'],
  ])
  const filters = { isVerified: true, operatingSystem: 'linux', architecture: 'amd64' }
  expect(facetsOf(filters)).toEqual(['verified', 'onlinux·amd64'])
  expect(facetsOf({ ...filters, operatingSystem: undefined })).toEqual(['verified', 'archamd64'])
  expect(facetsOf({ ...filters, isVerified: false, architecture: undefined })).toEqual(['oslinux'])
  const { terms } = readSearchText('a images')
  expect([wantedOf(terms, 2), wantedOf(terms, 3)]).toEqual([
    [['2a'], ['2image', '5images']],
    [['3a'], ['3image', '6images']],
  ])
  const long = '𐐨'.repeat(40)
  const { name, publisher } = { name: 'a', publisher: 'b' }
  expect(lexemesOf({ name, publisher, description: long, about: long }, [])).toHaveLength(3 + 2 + 2 + 15 + 2)
  expect(wantedOf(readSearchText(long).terms, 4)).toEqual([[`4${long}`, `6${'𐐨'.repeat(16)}`]])
})

it('platforms go by the names of the Image Specification, however they are spelled', () => {
  const pairs = {
    ...{ Linux: 'linux', 'ARM 64': 'arm64', 'x86-64': 'amd64', x86_64: 'amd64', x86: '386', aarch64: 'arm64' },
    ...{ ARM: 'arm', ppc64le: 'ppc64le', macOS: 'darwin', '': '', '% _ "\0·': '', constructor: 'constructor' },
  }
  for (const [text, word] of Object.entries(pairs)) expect([text, platformWord(text)]).toEqual([text, word])
  expect(facetsFrom(false, ['//', 'linux', ' /amd64', 'Windows/x86_64'])).toEqual([
    ...['oslinux', 'archamd64', 'oswindows', 'onwindows·amd64'],
  ])
})
