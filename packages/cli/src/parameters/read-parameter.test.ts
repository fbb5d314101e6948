import { operations } from '@berth/model'
import { describe, expect, it } from 'vitest'
import { OrderedDict } from '../python/value.ts'
import { environmentOf } from '../testing/run-main.ts'
import { encodeBlobs } from './encode-blobs.ts'
import { readParameter } from './read-parameter.ts'

const environment = environmentOf({})
const ids = operations.BatchDeleteImage.input.members.imageIds

describe('a parameter', () => {
  it('is JSON behind blanks, but not behind a byte order mark', () => {
    expect(readParameter('--ids', ids, [' \n[{"imageTag":"a"}]'], environment)).toEqual([
      new OrderedDict([['imageTag', 'a']]),
    ])
    expect(() => readParameter('--ids', ids, ['\ufeff[{"imageTag":"a"}]'], environment)).toThrow("received: '\ufeff'")
  })

  it('of base64 is all ASCII', () => {
    expect(() => encodeBlobs({ type: 'blob', shapeName: 'Blob' }, 'é', 'base64')).toThrow('only ASCII characters')
  })
})
