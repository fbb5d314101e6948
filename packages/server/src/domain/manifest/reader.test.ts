import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonFault } from '../json/scanner.ts'
import { type Members, readJson } from './reader.ts'

const SHAPE: Members = {
  name: 'text',
  size: 'plain',
  texts: 'texts',
  links: 'named',
  task: { sick: 'text', size: 'plain' },
}
const read = (json: string, shape = SHAPE) => readJson(Buffer.from(json), shape)

describe('readJson', () => {
  it('gives the members that are wanted, and nothing else', () => {
    const json = `{"name":"n\\u00e9\\n","other":{"name":[1,{"a":null}]},"size":7,"task":[{"sick":"s","x":1}],"texts":{"a":"b"}}`
    expect(read(json)).toEqual({
      document: { name: 'né\n', size: 7, task: [{ sick: 's' }], texts: { a: 'b' } },
      passedOver: [],
      ambiguity: undefined,
    })
  })

  it('takes the same texts for JSON as JSON.parse, whatever is wanted of them', () => {
    const pieces = fc.constantFrom(
      ...'{}[],:"\\.-+0123456789eEutrfn/ \t\n',
      'true',
      'false',
      'null',
      '"name"',
      '"size"',
      '\u0001',
      'é',
    )
    const broken = fc.tuple(fc.json({ maxDepth: 4 }), fc.nat(), pieces).map(([json, at, piece]) => {
      const place = at % (json.length + 1)
      return json.slice(0, place) + piece + json.slice(place + (at % 2))
    })
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json({ maxDepth: 4 }),
          broken,
          fc.array(pieces, { maxLength: 12 }).map(all => all.join('')),
        ),
        json => {
          const isJson = (parse: () => unknown) => {
            try {
              parse()
              return true
            } catch (error) {
              if (error instanceof SyntaxError || error instanceof JsonFault) return false
              throw error
            }
          }
          expect(isJson(() => read(json))).toBe(isJson(() => JSON.parse(json)))
        },
      ),
      { numRuns: 3_000 },
    )
  })

  it('reads a document without ambiguity as JSON.parse does', () => {
    const task = fc.record({ sick: fc.string(), size: fc.nat() }, { requiredKeys: [] })
    const document = fc.record(
      {
        name: fc.string({ unit: 'grapheme' }),
        size: fc.maxSafeNat(),
        texts: fc.dictionary(fc.string(), fc.string()),
        task: fc.oneof(task, fc.array(task.filter(each => Object.keys(each).length > 0))),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(document, fc.nat(4), (value, indent) => {
        const json = JSON.stringify(value, undefined, indent)
        expect(read(json)).toEqual({ document: JSON.parse(json), passedOver: [], ambiguity: undefined })
      }),
    )
  })

  it.each([
    ['{"Name":"a"}', 'it has "Name", which other readers take for "name"'],
    ['{"name":"a","NAME":"b"}', 'it has "NAME", which other readers take for "name"'],
    ['{"lin\u212as":1}', 'it has "lin\u212as", which other readers take for "links"'],
    ['{"task":{"\u017fick":1}}', 'task: it has "\u017fick", which other readers take for "sick"'],
    ['{"task":[{"sick":"a"},{"S\\u0069ck":1}]}', 'task.1: it has "Sick", which other readers take for "sick"'],
    ['{"name":"a","name":"b"}', 'it has "name" twice'],
    ['{"name":"a","n\\u0061me":"b"}', 'it has "name" twice'],
    ['{"other":1,"other":1}', 'it has "other" twice'],
    ['{"texts":{},"texts":{}}', 'it has "texts" twice'],
    ['{"size":1e3}', 'size: "1e3" is not a whole number in plain digits'],
    ['{"size":1.0}', 'size: "1.0" is not a whole number in plain digits'],
    ['{"size":-0}', 'size: "-0" is not a whole number in plain digits'],
    ['{"size":9007199254740993}', 'size: "9007199254740993" is not a whole number in plain digits'],
    [
      '{"task":[{"size":100000000000000000000}]}',
      'task.0.size: "100000000000000000000" is not a whole number in plain digits',
    ],
  ])('says what others may read in %s', (json, ambiguity) => {
    expect(read(json)).toMatchObject({ ambiguity })
  })

  it.each([
    '{"texts":{"a":"1","A":"2","a":"3"}}',
    '{"other":{"name":1,"Name":2,"name":3}}',
    '{"other":1,"Other":2}',
    '{"links":{"a":1,"a":2}}',
    '{"name":"size","size":0}',
    '{"size":9007199254740991}',
    '{"Names":1}',
  ])('finds nothing amiss with %s', json => {
    expect(read(json).ambiguity).toBeUndefined()
  })

  it('tells what was passed over for a member of the same name, or of one of another case', () => {
    expect(read('{"name":"a","Name":"b","name":"c"}')).toMatchObject({
      document: { name: 'c' },
      passedOver: [
        { name: 'name', value: 'b' },
        { name: 'name', value: 'a' },
      ].sort((one, two) => (one.value < two.value ? 1 : -1)),
    })
  })

  it('holds nothing of what is not wanted, and little of what is too much', () => {
    const many = (entry: (at: number) => string) => Array.from({ length: 100_000 }, (_, at) => entry(at)).join()
    expect(read(`{${many(at => `"k${at}":{}`)}}`)).toMatchObject({
      document: {},
      ambiguity: 'it has 20000 members or more that its type does not define',
    })
    expect(read(`{"texts":{${many(at => `"k${at}":""`)}}}`).ambiguity).toBe('texts: it has more than 20000 members')
    expect(read(`{"task":[${many(() => '{}')},${many(() => '1')}]}`).document).toEqual({ task: [{}] })
  })
})
