import { describe, expect, it } from 'vitest'
import { adminCommands } from '../admin/commands.ts'
import { UsageError } from '../admin/run-admin.ts'
import { settingPaths } from '../config/settings.ts'
import { helpTopic } from './help-topic.ts'
import { everyPage, findPage, programPage, refuse } from './pages.ts'
import { programCommands } from './program-commands.ts'
import { renderPage } from './render-page.ts'

const show = (line: string) => renderPage(findPage(line === '' ? [] : line.split(' '), '1.2.3'))

describe('helpTopic', () => {
  const topic = (line: string) => helpTopic(line === '' ? [] : line.split(' '))?.join(' ')

  it.each([
    ['help', ''],
    ['--help', ''],
    ['-h', ''],
    ['help key create', 'key create'],
    ['help admin key create', 'admin key create'],
    ['admin', 'admin'],
    ['admin help', 'admin'],
    ['admin help key create', 'admin key create'],
    ['admin --help', 'admin'],
    ['admin key create --help', 'admin key create'],
    ['admin key create --account 1 --help', 'admin key create'],
    ['--help admin key create', 'admin key create'],
    ['serve --port 7 -h', 'serve'],
    ['--port 7 --help', ''],
    ['', undefined],
    ['serve --port 7', undefined],
    ['admin gc --now', undefined],
  ])('of "%s" is "%s"', (line, expected) => {
    expect(topic(line)).toBe(expected)
  })
})

describe('a page', () => {
  it('of a command shows this command and what it needs', () => {
    const page = show('admin user create')
    expect(page).toContain('berthd admin user create --account ID --name NAME [--SETTING VALUE ...]\n')
    expect(page).toContain('  --account ID (required)\n      The account, by its 12 digits.\n')
    expect(page).toContain('berthd admin user create --account 123456789012 --name ci\n')
    expect(page).not.toContain('user delete')
  })

  it('tells what holds where an option is not given', () => {
    expect(show('admin registry set')).toContain('Whether a push may make repositories. [as it is]\n')
    expect(show('serve')).toContain('--port, BERTH_PORT, port\n      port to listen on; 0 takes a free one [5000]\n')
  })

  it('of the program and of serve has every setting', () => {
    for (const page of [programPage('1.2.3'), findPage(['serve'], '1.2.3')])
      expect(page.settings).toHaveLength(settingPaths.length + 1)
  })

  it('of admin has a line for every command, with what may be left out in brackets', () => {
    const help = show('admin')
    for (const name of Object.keys(adminCommands)) expect(help).toContain(`berthd admin ${name}`)
    expect(help).toContain('berthd admin account create [--account-id 12-DIGITS] [--alias ALIAS]\n')
    expect(help).toContain('berthd admin alias create --account ID --name ALIAS [--primary]\n')
    expect(help).toContain('berthd admin gc --dry-run|--now [--digests] [--ignore-leases]\n')
  })

  it('of a group has its commands and no others', () => {
    expect(findPage(['admin', 'key'], '1').commands).toHaveLength(5)
    expect(show('key')).toBe(show('admin key'))
    expect(show('key create')).toBe(show('admin key create'))
  })

  it('is whole: a sentence about each command and option, and examples that call it', () => {
    const pages = everyPage('1.2.3')
    expect(pages).toHaveLength(Object.keys(adminCommands).length + Object.keys(programCommands).length)
    for (const { name, about, options, examples } of pages) {
      for (const text of [about, ...options.map(option => option.about)]) expect(text).toMatch(/^[A-Z].*\.$/)
      expect(examples, name).not.toEqual([])
      for (const example of examples) expect(example.startsWith(name), example).toBe(true)
      for (const { typed, isRequired } of options) if (isRequired) expect(examples[0]).toContain(typed.split(' ', 1)[0])
    }
  })
})

describe('what is no command', () => {
  it.each([
    ['amdin', 'berthd admin?'],
    ['sevre', 'berthd serve?'],
    ['amdin key create', 'berthd admin key create?'],
    ['acount list', 'berthd admin account list?'],
    ['admin key crate', 'berthd admin key create?'],
  ])('%s is refused with the nearest one', (line, hint) => {
    const words = line.split(' ')
    for (const attempt of [() => refuse(words), () => findPage(words, '1')]) {
      expect(attempt).toThrow(UsageError)
      expect(attempt).toThrow(`There is no command "${line}"; these are there: serve, init, backup, restore, admin,`)
      expect(attempt).toThrow(`Did you mean ${hint}`)
    }
  })

  it('is refused without a guess where none is like it', () => {
    expect(() => refuse(['frobnicate'])).toThrow(
      /these are there: serve, init, backup, restore, admin, help, version\.$/,
    )
  })
})
